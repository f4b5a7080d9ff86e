//! Redirect addresses of programs on a person's own machine (RFC 8252 section 7.3).

/// The loopback addresses that such a program listens on. `localhost` is none of them: it can be made to mean another machine.
const HOSTS: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];

/// The host and the path of a loopback address; its port is whichever was free.
pub fn without_port(address: &str) -> Option<(&'static str, &str)> {
    let found = HOSTS.iter().find_map(|host| Some((*host, address.strip_prefix(host)?)));
    let (host, rest) = found?;
    let path = match rest.strip_prefix(':') {
        Some(port) => port.trim_start_matches(|digit: char| digit.is_ascii_digit()),
        None => rest,
    };
    (path.is_empty() || path.starts_with('/')).then_some((host, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_port_may_differ() {
        let registered = without_port("http://127.0.0.1:8765/callback");
        assert_eq!(registered, Some(("http://127.0.0.1", "/callback")));
        assert_eq!(without_port("http://127.0.0.1:49152/callback"), registered);
        assert_eq!(without_port("http://127.0.0.1/callback"), registered);
        for other in ["http://[::1]:8765/callback", "http://127.0.0.1:8765/other"] {
            assert_ne!(without_port(other), registered, "{other}");
        }
    }

    #[test]
    fn a_host_that_begins_like_it_is_none() {
        for other in [
            "http://127.0.0.1.stranger.example/callback",
            "http://127.0.0.1:8765@stranger.example/callback",
            "http://127.0.0.11/callback",
            "https://127.0.0.1:8765/callback",
            "http://localhost:8765/callback",
        ] {
            assert_eq!(without_port(other), None, "{other}");
        }
    }
}
