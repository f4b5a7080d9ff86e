//! Two readers of tokens, the mocks' and the harness's, written apart on purpose: they agree on what is a sound token, and where they do
//! not, it stands here with the reason.
//!
//! Compared is whether a text is a compact JWT, signed RS256 by a known key. Times, audience and issuer are judged elsewhere.

use std::cell::Cell;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use serde_json::value::RawValue;
use tenantproof_harness::token::strict_json::JsonFault;
use tenantproof_harness::token::{
    self as harness, Algorithm, Alteration, ByteAt, Bytes, Draft, Edit, JsonType, MacKey, Malformed, Part, RawJson,
    Refusal, Say, Segment, SignatureEdit, TextEdit, Unsigned, encrypted_looking, forge,
};
use tenantproof_mocks::jose::compact::Compact;
use tenantproof_mocks::keys;
use tenantproof_mocks::rule::Verdict;
use tenantproof_mocks::rule::token::{self as mocks, KeyFound, SignedToken};

static KEY: LazyLock<harness::SigningKey> = LazyLock::new(|| signing_key(&keys::rfc7515()));
static STRANGER: LazyLock<harness::SigningKey> = LazyLock::new(|| signing_key(&keys::rfc7516_a1()));
static PUBLIC: LazyLock<[harness::PublicKey; 1]> = LazyLock::new(|| {
    let jwk = serde_json::from_str(&KEY.public_jwk()).expect("a JWK is JSON");
    [harness::PublicKey::from_jwk(&jwk).expect("the key is sound")]
});

fn signing_key(key: &tenantproof_mocks::jose::key::SigningKey) -> harness::SigningKey {
    harness::SigningKey::from_pem(&key.to_pem()).expect("a published key is read")
}

/// Whether the harness takes it.
fn harness_takes(token: &str) -> Result<(), Refusal> {
    harness::verify(token, &*PUBLIC).map(drop)
}

/// Whether the mocks take it: every check on form and signature holds.
fn mocks_take(token: &str) -> bool {
    let key = keys::rfc7515();
    let token = SignedToken {
        compact: Compact::read(token),
        now: 0,
        leeway: 0,
        key: KeyFound::Found(key.public(), None),
        shared_secret: None,
    };
    let checks = [
        mocks::form,
        mocks::header_object,
        mocks::header_once,
        mocks::algorithm,
        mocks::critical,
        mocks::claims_object,
        mocks::claims_once,
        mocks::signature,
    ];
    checks.iter().all(|check| matches!(check(&token), Verdict::Held))
}

fn draft() -> Draft {
    Draft {
        header: [("alg", json!("RS256")), ("typ", json!("JWT"))].into_iter().collect(),
        claims: [("sub", json!("ada")), ("exp", json!(9))].into_iter().collect(),
        algorithm: Algorithm::Rs256,
    }
}

fn token(alteration: Alteration) -> String {
    let forged = forge(&draft(), &KEY, &[alteration]);
    forged.expect("the alteration fits the draft").compact
}

fn good() -> String {
    forge(&draft(), &KEY, &[]).expect("a good token is made").compact
}

/// What should become of a text.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    BothTake,
    BothRefuse,
    /// Only the mocks take it, for this reason.
    OnlyMocks(&'static str),
    /// Only the harness takes it, for this reason.
    OnlyHarness(&'static str),
}

use Outcome::{BothRefuse, BothTake, OnlyHarness, OnlyMocks};

const DOUBLED_DEEPER: &str = "The harness wants members once at every depth, because a server must not issue what two readers can \
    understand differently. The mocks want it of header and claims themselves: what stands deeper means nothing to them.";
const UNREAD_VALUE: &str = "The harness reads every value, the mocks only what means something to them; a number or an escape that \
    nothing can hold is refused where it is read.";
const LENGTH: &str = "The mocks read 64 KiB, more than a header field takes. The harness must look at longer tokens to tell what is \
    wrong with them.";

impl Outcome {
    /// Whether the mocks take it, and whether the harness does.
    fn takes(self) -> (bool, bool) {
        match self {
            BothTake => (true, true),
            BothRefuse => (false, false),
            OnlyMocks(_) => (true, false),
            OnlyHarness(_) => (false, true),
        }
    }

    /// What a person should know about it.
    fn reason(self) -> &'static str {
        match self {
            BothTake => "It is a sound token.",
            BothRefuse => "It is none.",
            OnlyMocks(reason) | OnlyHarness(reason) => reason,
        }
    }
}

#[test]
fn the_readers_agree_but_for_what_is_listed() {
    let claims = |json: &str| token(Alteration::Whole(Part::Claims, Bytes::Exactly(json.into())));
    let header = |json: &str| token(Alteration::Whole(Part::Header, Bytes::Exactly(json.into())));
    let bytes = |part, bytes: &[u8]| token(Alteration::Whole(part, Bytes::Exactly(bytes.to_vec())));
    let member = |part, name: &str, edit| {
        token(Alteration::Member {
            part,
            name: name.to_owned(),
            edit,
        })
    };
    let set = |part, name: &str, raw: &str| member(part, name, Edit::Set(RawJson(raw.to_owned())));
    let twice = |part, name: &str| {
        let value = || RawJson("\"RS256\"".to_owned());
        member(
            part,
            name,
            Edit::Twice {
                first: value(),
                last: value(),
            },
        )
    };
    let sign = |key: Option<&harness::SigningKey>, algorithm, say| {
        token(Alteration::Sign {
            key: key.cloned(),
            algorithm,
            say,
        })
    };
    let unsigned = |say: &str, signature| {
        token(Alteration::Unsigned {
            say: say.to_owned(),
            signature,
        })
    };
    let signature = |edit| token(Alteration::Signature(edit));
    let text = |edit| token(Alteration::Text(edit));
    let flip = |at| signature(SignatureEdit::FlipBit(at));
    let insert = |after, text_to_insert: &str| {
        text(TextEdit::Insert {
            after,
            text: text_to_insert.to_owned(),
        })
    };
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let parts: Vec<String> = good().split('.').map(str::to_owned).collect();
    let [first, second, third] = &parts[..] else {
        panic!("a token has three parts")
    };

    let (h, c) = (Part::Header, Part::Claims);
    let table: Vec<(&str, String, Outcome)> = vec![
        ("a good token", good(), BothTake),
        ("another type", set(h, "typ", "\"at+jwt\""), BothTake),
        ("a type that is a number", set(h, "typ", "1"), BothTake),
        ("no type", member(h, "typ", Edit::Remove), BothTake),
        ("an unknown member of the header", set(h, "x", "[{}]"), BothTake),
        ("an unknown claim", set(c, "x", "[{}]"), BothTake),
        ("no claims", claims("{}"), BothTake),
        ("blanks in the claims", claims(" {\r\n\t\"sub\" : \"ada\" } "), BothTake),
        ("a name in escapes", header(r#"{"\u0061lg":"RS256"}"#), BothTake),
        ("an algorithm in escapes", header(r#"{"alg":"\u0052S256"}"#), BothTake),
        (
            "an expiry that is a text",
            member(c, "exp", Edit::Retype(JsonType::Text)),
            BothTake,
        ),
        ("an empty name", set(c, "", "1"), BothTake),
        ("text outside the first plane", set(c, "sub", "\"\u{1f600}\""), BothTake),
        ("nesting as deep as allowed", claims(&nested(63)), BothTake),
        ("nesting too deep", claims(&nested(64)), BothRefuse),
        ("nesting far too deep", claims(&nested(20_000)), BothRefuse),
        (
            "brackets in a text",
            set(c, "x", &format!("\"{}\"", "[".repeat(99))),
            BothTake,
        ),
        ("nothing", String::new(), BothRefuse),
        ("one part", text(TextEdit::Parts(1)), BothRefuse),
        ("two parts", text(TextEdit::Parts(2)), BothRefuse),
        ("four parts", text(TextEdit::Parts(4)), BothRefuse),
        ("five parts", text(TextEdit::Parts(5)), BothRefuse),
        (
            "an encrypted token",
            encrypted_looking(&draft().header, [b"a", b"b", b"c", b"d"]),
            BothRefuse,
        ),
        ("dots", "..".to_owned(), BothRefuse),
        ("no header", format!(".{second}.{third}"), BothRefuse),
        ("no claims part", format!("{first}..{third}"), BothRefuse),
        (
            "padding of the header",
            text(TextEdit::Pad(Segment::Header)),
            BothRefuse,
        ),
        (
            "padding of the claims",
            text(TextEdit::Pad(Segment::Claims)),
            BothRefuse,
        ),
        (
            "padding of the signature",
            text(TextEdit::Pad(Segment::Signature)),
            BothRefuse,
        ),
        ("the other alphabet", text(TextEdit::StandardAlphabet), BothRefuse),
        (
            "unused bits",
            text(TextEdit::UnusedBits(Segment::Signature)),
            BothRefuse,
        ),
        ("a blank in front", text(TextEdit::Prepend(" ".to_owned())), BothRefuse),
        (
            "a line break behind",
            text(TextEdit::Append("\n".to_owned())),
            BothRefuse,
        ),
        ("a blank inside", insert(Segment::Header, " "), BothRefuse),
        ("a stray character", insert(Segment::Claims, "!"), BothRefuse),
        ("NUL inside", insert(Segment::Signature, "\0"), BothRefuse),
        (
            "the scheme in front",
            text(TextEdit::Prepend("Bearer ".to_owned())),
            BothRefuse,
        ),
        ("two tokens", text(TextEdit::JoinTwice(" ".to_owned())), BothRefuse),
        ("the flattened serialization", text(TextEdit::Flattened), BothRefuse),
        ("the general serialization", text(TextEdit::General), BothRefuse),
        (
            "a stranger's signature",
            sign(Some(&STRANGER), None, Say::TheAlgorithm),
            BothRefuse,
        ),
        (
            "RS384",
            sign(None, Some(Algorithm::Rs384), Say::TheAlgorithm),
            BothRefuse,
        ),
        (
            "RS512 under the name RS256",
            sign(None, Some(Algorithm::Rs512), Say::AsBefore),
            BothRefuse,
        ),
        (
            "PS256",
            sign(None, Some(Algorithm::Ps256), Say::TheAlgorithm),
            BothRefuse,
        ),
        (
            "PS256 under the name RS256",
            sign(None, Some(Algorithm::Ps256), Say::AsBefore),
            BothRefuse,
        ),
        (
            "RS256 in lower case",
            sign(None, None, Say::Text("rs256".to_owned())),
            BothRefuse,
        ),
        (
            "a MAC keyed by the public key",
            token(Alteration::Mac(MacKey::PublicPem)),
            BothRefuse,
        ),
        (
            "a MAC keyed by nothing",
            token(Alteration::Mac(MacKey::Empty)),
            BothRefuse,
        ),
        ("unsigned", unsigned("none", Unsigned::Empty), BothRefuse),
        ("unsigned in capitals", unsigned("NONE", Unsigned::Empty), BothRefuse),
        (
            "unsigned, signed all the same",
            unsigned("none", Unsigned::Kept),
            BothRefuse,
        ),
        ("no algorithm", member(h, "alg", Edit::Remove), BothRefuse),
        ("an algorithm in a list", set(h, "alg", "[\"RS256\"]"), BothRefuse),
        ("a critical extension", set(h, "crit", "[\"exp\"]"), BothRefuse),
        ("an empty list of extensions", set(h, "crit", "[]"), BothRefuse),
        ("extensions that are null", set(h, "crit", "null"), BothRefuse),
        ("the first bit of the signature", flip(ByteAt::First), BothRefuse),
        ("a bit in the middle", flip(ByteAt::Middle), BothRefuse),
        ("the last bit", flip(ByteAt::Last), BothRefuse),
        ("an empty signature", signature(SignatureEdit::Empty), BothRefuse),
        ("no signature", signature(SignatureEdit::Drop), BothRefuse),
        ("a short signature", signature(SignatureEdit::Cut(1)), BothRefuse),
        (
            "a signature behind a zero",
            signature(SignatureEdit::PrependZero),
            BothRefuse,
        ),
        ("a doubled algorithm", twice(h, "alg"), BothRefuse),
        ("a doubled subject", twice(c, "sub"), BothRefuse),
        (
            "a doubled name in escapes",
            claims(r#"{"sub":"a","\u0073ub":"b"}"#),
            BothRefuse,
        ),
        ("claims that are a list", claims("[]"), BothRefuse),
        ("claims that are no JSON", claims("{'sub':'ada'}"), BothRefuse),
        ("claims with a comma too many", claims("{\"sub\":\"ada\",}"), BothRefuse),
        ("claims with something behind", claims("{} {}"), BothRefuse),
        (
            "claims behind a byte order mark",
            bytes(c, b"\xef\xbb\xbf{}"),
            BothRefuse,
        ),
        (
            "claims in UTF-16",
            token(Alteration::Whole(c, Bytes::Utf16)),
            BothRefuse,
        ),
        ("claims that are no UTF-8", bytes(c, b"{\"sub\":\"\xff\"}"), BothRefuse),
        ("a line break in a text", claims("{\"sub\":\"a\nb\"}"), BothRefuse),
        ("a number with a leading zero", set(c, "exp", "010"), BothRefuse),
        ("no number", set(c, "exp", "NaN"), BothRefuse),
        (
            "half a surrogate in a name",
            set(c, "x", "{\"a\":1},\"\\ud800\":1"),
            BothRefuse,
        ),
        (
            "a doubled member deeper down",
            set(c, "x", "{\"a\":1,\"a\":2}"),
            OnlyMocks(DOUBLED_DEEPER),
        ),
        (
            "a number beyond doubles",
            set(c, "exp", "1e400"),
            OnlyMocks(UNREAD_VALUE),
        ),
        ("half a surrogate", set(c, "x", "\"\\ud800\""), OnlyMocks(UNREAD_VALUE)),
        (
            "65 KiB",
            set(c, "x", &format!("\"{}\"", "a".repeat(65 * 1024))),
            OnlyHarness(LENGTH),
        ),
    ];
    for (title, text, expected) in table {
        let harness = harness_takes(&text);
        let found = (mocks_take(&text), harness.is_ok());
        assert_eq!(found, expected.takes(), "{title}: {harness:?}. {}", expected.reason());
    }
}

/// Characters that JSON turns on.
const JSON_CHARACTERS: &[char] = &[
    '{', '}', '[', ']', '"', ':', ',', '\\', 'u', 'd', '8', '0', '1', '-', '.', 'e', ' ', '\n', 'n', 'a', '\u{e4}',
    '\0',
];

/// A few edits of a text: where, how much goes, what comes.
fn edits() -> impl Strategy<Value = Vec<(Index, usize, String)>> {
    let character = prop::sample::select(JSON_CHARACTERS);
    let text = prop::collection::vec(character, 0..3).prop_map(|text| text.into_iter().collect());
    prop::collection::vec((any::<Index>(), 0_usize..2, text), 0..3)
}

fn edited(text: &str, edits: &[(Index, usize, String)]) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for (at, removed, added) in edits {
        let at = at.index(text.len() + 1);
        let end = (at + removed).min(text.len());
        text.splice(at..end, added.chars());
    }
    text.into_iter().collect()
}

/// Whether a difference on this signed text is one of those that are listed.
fn is_listed(text: &str, mocks: bool, harness: &Result<(), Refusal>) -> bool {
    let Err(Refusal::Malformed(Malformed::Json { fault, .. })) = harness else {
        return false;
    };
    let is_json = serde_json::from_str::<&RawValue>(text).is_ok();
    let holds_odd_value = text.contains("\\u") || text.contains('e');
    mocks && is_json && (*fault == JsonFault::Doubled || (*fault == JsonFault::NotJson && holds_odd_value))
}

#[test]
fn the_readers_agree_on_texts_that_were_changed_before_signing() {
    const HEADER: &str = r#"{"alg":"RS256","typ":"JWT","x":{"a":1,"b":[]}}"#;
    const CLAIMS: &str = r#"{"sub":"ada","iat":9,"x":{"a":1.5,"b":["\\",null]},"y":-10}"#;
    let (good, bad) = (Cell::new(0), Cell::new(0));
    let config = Config {
        cases: 2048,
        source_file: Some(file!()),
        ..Config::default()
    };
    let changes = (any::<bool>(), edits());
    let outcome = TestRunner::new(config).run(&changes, |(in_header, edits)| {
        let (part, text) = if in_header {
            (Part::Header, HEADER)
        } else {
            (Part::Claims, CLAIMS)
        };
        let text = edited(text, &edits);
        let token = token(Alteration::Whole(part, Bytes::Exactly(text.clone().into_bytes())));
        let (mocks, harness) = (mocks_take(&token), harness_takes(&token));
        prop_assert!(
            mocks == harness.is_ok() || is_listed(&text, mocks, &harness),
            "mocks {}, harness {:?}: {}",
            mocks,
            harness,
            text
        );
        let count = if mocks { &good } else { &bad };
        count.set(count.get() + 1);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let (good, bad) = (good.get(), bad.get());
    let least = (good + bad) / 10;
    assert!(good >= least && bad >= least, "{good} were good and {bad} bad");
}

proptest! {
    // Nothing is signed here, so many cases cost little.
    #![proptest_config(Config::with_cases(2048))]

    #[test]
    fn the_readers_refuse_what_was_changed_after_signing(at in any::<Index>(), removed in 0_usize..3, added in "([!-~]{0,2}|[=.+/ ])") {
        let good = good();
        let at = at.index(good.len());
        let mut changed = good.clone();
        changed.replace_range(at..(at + removed).min(good.len()), &added);
        let is_good = changed == good;
        prop_assert_eq!((mocks_take(&changed), harness_takes(&changed).is_ok()), (is_good, is_good), "{}", changed);
    }
}
