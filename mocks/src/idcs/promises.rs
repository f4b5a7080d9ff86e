//! Promises of the token endpoint: what an answer that grants and the token in it look like, and the named ways to break that. Those of
//! refusals are in `refusal_promises`, what else tokens say of who is behind them in `claim_promises`.

use serde_json::{Value, json};

use crate::answer::{Answer, SignatureForm, UnsignedToken};
use crate::rule::defect::Defect;
use crate::rule::{Confidence, RuleInfo, grounds, promise};

/// Changes every access token in an answer.
fn each_token(answer: &mut Answer, change: impl Fn(&mut UnsignedToken)) {
    let access_tokens = answer.tokens_mut().filter(|(name, _)| *name == "access_token");
    access_tokens.for_each(|(_, token)| change(token));
}

/// Changes the ID token in an answer.
fn id_token(answer: &mut Answer, change: impl Fn(&mut UnsignedToken)) {
    let id_tokens = answer.tokens_mut().filter(|(name, _)| *name == "id_token");
    id_tokens.for_each(|(_, token)| change(token));
}

fn set_claim(answer: &mut Answer, name: &str, value: impl Fn(&UnsignedToken) -> Value) {
    each_token(answer, |token| {
        let value = value(token);
        token.claims.insert(name.to_owned(), value);
    });
}

/// Changes the scopes of tokens that are for the domain itself: those that show roles.
fn for_the_domain(answer: &mut Answer, change: impl Fn(&str) -> String) {
    each_token(answer, |token| {
        if token.claims.contains_key("clientAppRoles") {
            let scopes = token.claims.get("scope").and_then(Value::as_str).unwrap_or_default();
            let scopes = change(scopes);
            token.claims.insert("scope".to_owned(), Value::from(scopes));
        }
    });
}

fn remove_claim(answer: &mut Answer, name: &str) {
    each_token(answer, |token| {
        token.claims.remove(name);
    });
}

fn is_for_user(token: &UnsignedToken) -> bool {
    token.claims.get("sub_type") == Some(&json!("user"))
}

/// What is promised of a grant.
pub static GRANT_PROMISES: &[RuleInfo] = &[
    promise(
        "response.no-store",
        "A token response is not kept by caches.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-055", "IDCS-OAUTH-714"]),
        &[
            Defect::reshape("cacheable", &["TKN-014"], "leaves out Cache-Control", |answer| {
                answer.remove_header("Cache-Control")
            }),
            Defect::reshape("no-pragma", &["TKN-014"], "leaves out Pragma", |answer| {
                answer.remove_header("Pragma")
            }),
        ],
    ),
    promise(
        "response.members",
        "A success carries `access_token` and `token_type`, as JSON.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-040"]),
        &[
            Defect::reshape("no-token-type", &["TKN-015"], "leaves out `token_type`", |answer| {
                answer.remove_member("token_type")
            }),
            Defect::reshape("other-token-type", &["TKN-015"], "names another token type", |answer| {
                answer.set_member("token_type", json!("MAC"))
            }),
            Defect::reshape("other-media-type", &["TKN-015"], "labels the JSON as text", |answer| {
                answer.set_header("Content-Type", "text/plain");
            }),
        ],
    ),
    promise(
        "response.expires-in",
        "`expires_in` is the token's life as a number of seconds.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-040"]),
        &[
            Defect::reshape(
                "absent",
                &["TKN-016", "ATI-011", "ASR-095"],
                "leaves out `expires_in`",
                |answer| answer.remove_member("expires_in"),
            ),
            Defect::reshape(
                "text",
                &["TKN-016", "ATI-011", "ASR-095"],
                "writes `expires_in` as a text",
                |answer| {
                    let text = answer.member("expires_in").map(ToString::to_string).unwrap_or_default();
                    answer.set_member("expires_in", json!(text));
                },
            ),
            Defect::reshape(
                "milliseconds",
                &["TKN-016", "ATI-011", "ASR-095"],
                "counts `expires_in` in milliseconds",
                |answer| {
                    let seconds = answer.member("expires_in").and_then(Value::as_u64).unwrap_or_default();
                    answer.set_member("expires_in", json!(seconds * 1000));
                },
            ),
        ],
    ),
    promise(
        "response.scope",
        "Where an answer names the scope, it names what was granted (switch `scope-in-answer`).",
        grounds(Confidence::Specified, &["IDCS-OAUTH-042", "IDCS-OAUTH-412"]),
        &[
            Defect::reshape(
                "as-asked",
                &["TKN-017"],
                "names the wish in place of what was granted",
                |answer| {
                    answer.set_member_if_there("scope", json!("urn:opc:idm:__myscopes__ urn:opc:idm:t.users"));
                },
            ),
            Defect::reshape("unsaid", &["TKN-017"], "does not say what it granted", |answer| {
                answer.remove_member("scope");
            }),
        ],
    ),
    promise(
        "response.no-refresh-token",
        "Neither client credentials nor an assertion give a refresh token unasked.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-044"]),
        &[Defect::reshape(
            "unasked",
            &["ASR-096", "CCG-003", "ORA-068", "RTR-018"],
            "adds a refresh token",
            |answer| {
                if answer.has_member("access_token") && !answer.has_member("refresh_token") {
                    answer.set_member("refresh_token", json!("AQIDBAUnaskedForRefreshToken="));
                }
            },
        )],
    ),
    promise(
        "response.id-token",
        "An ID token comes to those who ask for `openid`: signed, made out to the application, with its nonce and the hash of the access token.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-043", "IDCS-OAUTH-390"]),
        &[
            Defect::reshape("absent", &["ORA-070", "IDT-001"], "leaves out the ID token", |answer| {
                answer.remove_member("id_token");
            }),
            Defect::reshape("damaged", &["IDT-001"], "signs ID tokens wrongly", |answer| {
                id_token(answer, |token| token.signature = SignatureForm::Damaged);
            }),
            Defect::reshape(
                "other-audience",
                &["IDT-002"],
                "makes ID tokens out to the domain alone",
                |answer| {
                    id_token(answer, |token| {
                        let issuer = token.claims.get("iss").cloned().unwrap_or_default();
                        token.claims.insert("aud".to_owned(), issuer);
                    });
                },
            ),
            Defect::reshape(
                "short-lived",
                &["ORA-113"],
                "lets ID tokens end with the access token",
                |answer| {
                    id_token(answer, |token| {
                        let since = token.claims.get("iat").and_then(Value::as_u64).unwrap_or_default();
                        token.claims.insert("exp".to_owned(), json!(since + 3600));
                    });
                },
            ),
            Defect::reshape("no-nonce", &["IDT-003"], "leaves out the nonce", |answer| {
                id_token(answer, |token| {
                    token.claims.remove("nonce");
                });
            }),
            Defect::reshape(
                "other-hash",
                &["IDT-004"],
                "hashes something else than the access token",
                |answer| {
                    id_token(answer, |token| {
                        token.hashes_access_token = None;
                        token
                            .claims
                            .insert("at_hash".to_owned(), json!("AAAAAAAAAAAAAAAAAAAAAA"));
                    });
                },
            ),
        ],
    ),
    promise(
        "issued.signature",
        "An access token is signed RS256 by the domain's key.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-301"]),
        &[
            Defect::reshape(
                "unsigned",
                &["ATI-001", "ORA-090", "ATI-010"],
                "issues unsigned tokens",
                |answer| {
                    each_token(answer, |token| {
                        token.header.insert("alg".to_owned(), json!("none"));
                        token.signature = SignatureForm::Missing;
                    });
                },
            ),
            Defect::reshape(
                "damaged",
                &["ATI-010"],
                "issues tokens whose signature does not verify",
                |answer| {
                    each_token(answer, |token| token.signature = SignatureForm::Damaged);
                },
            ),
            Defect::reshape(
                "other-algorithm",
                &["ATI-013", "ORA-090", "ATI-010"],
                "names another algorithm than it signs with",
                |answer| {
                    each_token(answer, |token| {
                        token.header.insert("alg".to_owned(), json!("RS512"));
                    });
                },
            ),
        ],
    ),
    promise(
        "issued.header",
        "The header names the key as `SIGNING_KEY` and by thumbprint; its `typ` follows the switch `access-token-type`.",
        grounds(Confidence::Observed, &["IDCS-OAUTH-301", "IDCS-ADMIN-040"]),
        &[
            Defect::reshape("other-key-id", &["ORA-090"], "names the key otherwise", |answer| {
                each_token(answer, |token| {
                    token.header.insert("kid".to_owned(), json!("key-1"));
                });
            }),
            Defect::reshape(
                "plain-type",
                &["ATI-002", "ORA-090", "RSV-001"],
                "types every token `JWT`",
                |answer| {
                    each_token(answer, |token| {
                        token.header.insert("typ".to_owned(), json!("JWT"));
                    });
                },
            ),
        ],
    ),
    promise(
        "issued.claims",
        "`iss`, `exp`, `aud`, `sub`, `client_id`, `iat` and `jti` are there.",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-320", "IDCS-OAUTH-334", "IDCS-OAUTH-335"],
        ),
        &[
            Defect::reshape("no-issuer", &["ATI-003", "ATI-004"], "leaves out `iss`", |answer| {
                remove_claim(answer, "iss")
            }),
            Defect::reshape("no-expiry", &["ATI-003", "ATI-011"], "leaves out `exp`", |answer| {
                remove_claim(answer, "exp")
            }),
            Defect::reshape(
                "no-audience",
                &["ATI-003", "SCP-008", "ORA-104"],
                "leaves out `aud`",
                |answer| remove_claim(answer, "aud"),
            ),
            Defect::reshape(
                "no-subject",
                &["ATI-003", "ASR-097", "ATI-009", "CCG-005"],
                "leaves out `sub`",
                |answer| remove_claim(answer, "sub"),
            ),
            Defect::reshape("no-client-id", &["ATI-003"], "leaves out `client_id`", |answer| {
                remove_claim(answer, "client_id")
            }),
            Defect::reshape("no-issue-time", &["ATI-003"], "leaves out `iat`", |answer| {
                remove_claim(answer, "iat")
            }),
            Defect::reshape("no-token-id", &["ATI-003"], "leaves out `jti`", |answer| {
                remove_claim(answer, "jti")
            }),
        ],
    ),
    promise(
        "issued.issuer",
        "`iss` is the domain's issuer, byte for byte, and a person's token names the domain itself beside it.",
        grounds(Confidence::Observed, &["IDCS-OAUTH-311", "IDCS-OAUTH-313"]),
        &[
            Defect::reshape("no-domain", &["ORA-095"], "leaves out `tenant_iss`", |answer| {
                remove_claim(answer, "tenant_iss");
            }),
            Defect::reshape(
                "without-slash",
                &["ATI-004", "ORA-092"],
                "leaves out the final slash",
                |answer| {
                    set_claim(answer, "iss", |token| {
                        json!(
                            token
                                .claims
                                .get("iss")
                                .and_then(Value::as_str)
                                .unwrap_or_default()
                                .trim_end_matches('/')
                        )
                    });
                },
            ),
        ],
    ),
    promise(
        "issued.scope",
        "`scope` is a text of bare scope values, each once.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-325"]),
        &[
            Defect::reshape("absent", &["ATI-005", "SCP-006"], "leaves out `scope`", |answer| {
                remove_claim(answer, "scope")
            }),
            Defect::reshape("list", &["ATI-005", "SCP-006"], "writes `scope` as a list", |answer| {
                set_claim(answer, "scope", |token| json!([token.claims.get("scope")]));
            }),
            Defect::reshape(
                "with-audience",
                &["ORA-101", "SCP-006"],
                "writes the audience before each scope",
                |answer| {
                    set_claim(answer, "scope", |token| {
                        let text = |name: &str| token.claims.get(name).and_then(Value::as_str).unwrap_or_default();
                        json!(format!("{}{}", text("aud"), text("scope")))
                    });
                },
            ),
        ],
    ),
    promise(
        "issued.audience",
        "`aud` is the audience of the resource whose scope was asked for: a text for one, a list for several.",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-324", "IDCS-OAUTH-380", "IDCS-OAUTH-729"],
        ),
        &[
            Defect::reshape("client", &["SCP-008"], "makes tokens out to the client", |answer| {
                set_claim(answer, "aud", |token| {
                    token.claims.get("client_id").cloned().unwrap_or_default()
                });
            }),
            Defect::reshape(
                "same-for-all",
                &["ATI-007", "SCP-008"],
                "makes tokens for every resource out to one audience",
                |answer| {
                    set_claim(answer, "aud", |_| json!("urn:opc:resource:everything"));
                },
            ),
            Defect::reshape("list-of-one", &["ORA-104"], "writes one audience as a list", |answer| {
                set_claim(answer, "aud", |token| match token.claims.get("aud") {
                    Some(Value::String(one)) => json!([one]),
                    other => other.cloned().unwrap_or_default(),
                });
            }),
        ],
    ),
    promise(
        "issued.domain-scopes",
        "A token for the domain itself shows the scopes that follow from the roles, neither the wish for all of them nor one beyond them.",
        grounds(
            Confidence::Documented,
            &[
                "IDCS-OAUTH-371",
                "IDCS-OAUTH-410",
                "IDCS-OAUTH-412",
                "IDCS-ADMIN-501",
                "IDCS-ADMIN-504",
            ],
        ),
        &[
            Defect::reshape(
                "literal",
                &["ORA-086"],
                "shows the wish beside what it stands for",
                |answer| {
                    for_the_domain(answer, |scopes| format!("{scopes} urn:opc:idm:__myscopes__"));
                },
            ),
            Defect::reshape(
                "too-many",
                &["ORA-087"],
                "grants a scope of the domain that no role opens",
                |answer| {
                    for_the_domain(answer, |scopes| format!("{scopes} urn:opc:idm:t.users"));
                },
            ),
        ],
    ),
    promise(
        "issued.token-id",
        "`jti` is new in every token.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-335"]),
        &[Defect::reshape(
            "constant",
            &["ATI-008"],
            "gives every token one id",
            |answer| {
                set_claim(answer, "jti", |_| json!("00000000000000000000000000000000"));
            },
        )],
    ),
    promise(
        "issued.subject",
        "The subject is the user of the assertion, or the client itself under client credentials.",
        grounds(
            Confidence::Observed,
            &["IDCS-OAUTH-321", "IDCS-OAUTH-322", "IDCS-OAUTH-337"],
        ),
        &[
            Defect::reshape(
                "client-for-user",
                &["ASR-097", "ORA-097"],
                "names the client where the user belongs",
                |answer| {
                    set_claim(answer, "sub", |token| {
                        token.claims.get("client_id").cloned().unwrap_or_default()
                    });
                },
            ),
            Defect::reshape(
                "other-subject-for-client",
                &["ATI-009", "ORA-096"],
                "names the application's id where the client id belongs",
                |answer| {
                    set_claim(answer, "sub", |token| {
                        let name = if is_for_user(token) { "sub" } else { "client_guid" };
                        token.claims.get(name).cloned().unwrap_or_default()
                    });
                },
            ),
            Defect::reshape(
                "one-type-for-all",
                &["ORA-032", "ORA-096", "ATI-009"],
                "says `user` of every subject",
                |answer| {
                    set_claim(answer, "sub_type", |_| json!("user"));
                },
            ),
            Defect::reshape("other-grant", &["ORA-098"], "says `azc` of every grant", |answer| {
                set_claim(answer, "gtp", |_| json!("azc"));
            }),
            Defect::reshape("no-token-kind", &["ORA-099"], "leaves out `tok_type`", |answer| {
                remove_claim(answer, "tok_type")
            }),
            Defect::reshape("no-user-id", &["ORA-097"], "leaves out `user_id`", |answer| {
                remove_claim(answer, "user_id")
            }),
        ],
    ),
    promise(
        "issued.lifetime",
        "A token lives for an hour at most where nothing else is asked, and not much longer than its assertion.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-601", "IDCS-OAUTH-607"]),
        &[
            Defect::reshape(
                "year",
                &["ATI-011", "ASR-095", "TKN-016"],
                "issues tokens for a year",
                |answer| {
                    set_claim(answer, "exp", |token| {
                        json!(token.claims.get("iat").and_then(Value::as_u64).unwrap_or_default() + 31_556_952)
                    });
                    answer.set_member_if_there("expires_in", json!(31_556_952));
                },
            ),
            Defect::reshape(
                "below-a-minute",
                &["ORA-015"],
                "gives lives shorter than a minute",
                |answer| {
                    let life = answer.member("expires_in").and_then(Value::as_u64).unwrap_or_default();
                    if life <= 60 {
                        answer.set_member_if_there("expires_in", json!(10));
                    }
                },
            ),
            Defect::reshape(
                "beyond-a-year",
                &["ORA-015"],
                "gives lives longer than a year",
                |answer| {
                    let life = answer.member("expires_in").and_then(Value::as_u64).unwrap_or_default();
                    if life >= 31_556_952 {
                        answer.set_member_if_there("expires_in", json!(63_113_904));
                    }
                },
            ),
            Defect::reshape(
                "outlives-assertion",
                &["ASR-095"],
                "issues tokens that outlive their assertion",
                |answer| {
                    let number = |value: Option<&Value>| value.and_then(Value::as_u64).unwrap_or_default();
                    set_claim(answer, "exp", |token| {
                        let hour = number(token.claims.get("iat")) + 3600;
                        json!(number(token.claims.get("exp")).max(hour))
                    });
                    let life = number(answer.member("expires_in")).max(3600);
                    answer.set_member_if_there("expires_in", json!(life));
                },
            ),
        ],
    ),
    promise(
        "issued.nothing-more",
        "Nothing that the caller claims gets into the token unchecked; a client's token names no person.",
        grounds(
            Confidence::Specified,
            &["IDCS-OAUTH-228", "IDCS-OAUTH-361", "IDCS-OAUTH-370"],
        ),
        &[
            Defect::reshape(
                "copies-claims",
                &["ASR-098"],
                "copies claims of the assertion that it does not know",
                |answer| {
                    let hearsay = answer.hearsay.clone();
                    each_token(answer, |token| {
                        let powers = hearsay
                            .iter()
                            .filter(|(name, _)| ["roles", "groups", "appRoles", "act", "cnf"].contains(&name.as_str()));
                        token
                            .claims
                            .extend(powers.map(|(name, value)| (name.clone(), value.clone())));
                        // An assertion asks for no scopes; the request does (IDCS-OAUTH-228).
                        if let Some(scopes) = hearsay.get("scopes") {
                            token.claims.insert("scope".to_owned(), scopes.clone());
                        }
                    });
                },
            ),
            Defect::reshape(
                "person-for-client",
                &["CCG-004", "ORA-096", "CCG-005"],
                "puts a person into a client's token",
                |answer| {
                    each_token(answer, |token| {
                        if !is_for_user(token) {
                            token.claims.insert("user_displayname".to_owned(), json!("Somebody"));
                            token.claims.insert("user_id".to_owned(), json!("0"));
                        }
                    });
                },
            ),
            Defect::reshape("roles", &["ORA-106"], "puts roles into resource tokens", |answer| {
                set_claim(answer, "userAppRoles", |_| json!(["Authenticated"]));
            }),
        ],
    ),
];
