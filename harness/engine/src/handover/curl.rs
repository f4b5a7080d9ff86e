//! A token request as a command line for curl. What is secret stands in it as a variable of the shell and reaches curl by its standard input.

use url::Url;

use super::choice::Choice;
use crate::export::single_quoted;
use crate::flow::draft::TOKEN_PATH;
use crate::target::{Pem, Target};

/// The variable for the secret of the client.
pub const SECRET: &str = "client_secret";
/// The variable for the assertion of the user.
pub const ASSERTION: &str = "assertion";

/// The command line that asks for the access token of a choice, in one line without its end. It needs curl and jq.
///
/// `connect` are hosts that are reached elsewhere, as `NAME:PORT` and `ADDRESS:PORT`.
///
/// # Errors
///
/// What the target file lacks, in words.
pub fn curl_line(target: &Target, choice: &Choice<'_>, connect: &[(String, String)]) -> Result<String, String> {
    let client = &target.clients[choice.client];
    let domain = target
        .domains
        .get(&client.domain)
        .ok_or("the client's domain is missing")?;
    // RFC 6749 section 2.3.1 wants both encoded as in a form before they are joined; so nothing is left that curl would take for the end of a text.
    let mut format = "user = \"%s:%s\"\\n".to_owned();
    let id = url::form_urlencoded::byte_serialize(client.id.as_bytes()).collect::<String>();
    let id = single_quoted(&id.replace('+', "%20"));
    let mut values = format!("{id} \"$(printf %s \"${SECRET}\" | jq -sRr @uri)\"");
    // Without these nothing is sent: a request without its secret would count as a refused log-in.
    let mut wanted = format!("\"${{{SECRET}:?}}\"");
    if choice.user.is_some() {
        format += "data-urlencode = \"assertion=%s\"\\n";
        values += &format!(" \"${ASSERTION}\"");
        wanted += &format!(" \"${{{ASSERTION}:?}}\"");
    }
    let format = single_quoted(&format);
    let mut line = format!(": {wanted} && printf {format} {values} | curl --silent --show-error --globoff --config -");
    let url = format!("{}{TOKEN_PATH}", domain.url.trim_end_matches('/'));
    let site = site_of(&url);
    for (from, to) in connect.iter().filter(|(from, _)| Some(from) == site.as_ref()) {
        line += &format!(" --connect-to {}", single_quoted(&format!("{from}:{to}")));
    }
    if let [Pem::File(roots)] = target.extra_roots.as_slice() {
        line += &format!(" --cacert {}", single_quoted(&roots.display().to_string()));
    }
    for (name, value) in [("grant_type", choice.grant()), ("scope", &choice.api.1.scope)] {
        line += &format!(" --data-urlencode {}", single_quoted(&format!("{name}={value}")));
    }
    Ok(format!("{line} {}", single_quoted(&url)))
}

/// Host and port of an address.
fn site_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}

#[cfg(test)]
mod tests {
    use super::super::choice::Wish;
    use super::*;
    use crate::flow::for_tests::target;

    #[test]
    fn the_line_holds_what_is_known_and_variables_for_what_is_secret() {
        let mut target = target();
        target.users["employee"].domain = target.clients["backend"].domain.clone();
        let user = "employee";
        let wish = Wish {
            client: Some("backend"),
            api: Some("agents"),
            user: None,
        };
        let own = curl_line(&target, &Choice::of(&target, wish).unwrap(), &[]).unwrap();
        assert!(
            own.contains("${client_secret:?}") && own.contains("'grant_type=client_credentials'"),
            "{own}"
        );
        assert!(
            !own.contains("assertion") && own.ends_with("/oauth2/v1/token'"),
            "{own}"
        );
        let wish = Wish {
            user: Some(user),
            ..wish
        };
        let own_site = site_of(&target.domains["home"].url).unwrap();
        let connect =
            [own_site.as_str(), "elsewhere.example:443"].map(|site| (site.to_owned(), "127.0.0.1:1".to_owned()));
        let as_user = curl_line(&target, &Choice::of(&target, wish).unwrap(), &connect).unwrap();
        assert!(
            as_user.contains("${assertion:?}") && as_user.contains("grant-type:jwt-bearer'"),
            "{as_user}"
        );
        assert!(
            as_user.contains(&format!("--connect-to '{own_site}:127.0.0.1:1'")),
            "{as_user}"
        );
        assert!(!as_user.contains("elsewhere.example"), "{as_user}");
    }
}
