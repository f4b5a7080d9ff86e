//! The header fields that go with every page, and the stylesheet that their policy lets in.

use aws_lc_rs::digest;

use crate::jose::base64;

/// The stylesheet of all pages.
pub(crate) const STYLESHEET: &str = include_str!("style.css");

/// Where the form of a page leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leads {
    /// The page has no form.
    Nowhere,
    /// To another page of this domain, by a redirect within the same origin or none.
    Here,
    /// To an application, by a redirect.
    ToApplication,
}

impl Leads {
    /// The directive `form-action` (CSP Level 3 section 6.4.1), which does not fall back to `default-src`.
    ///
    /// A form that ends at an application has none. Chromium holds every redirect after a form against the directive: `'self'` stops the
    /// answer on its way to the redirect URI, and naming the redirect URI's origin still stops an application that redirects on to another
    /// one. What the directive would guard against, a form planted in the page, has no way in: all text is escaped and no script runs.
    fn form_action(self) -> &'static str {
        match self {
            Self::Nowhere => "; form-action 'none'",
            Self::Here => "; form-action 'self'",
            Self::ToApplication => "",
        }
    }
}

/// The header fields of a page whose form leads there.
pub(super) fn headers(leads: Leads) -> Vec<(&'static str, String)> {
    let style = base64(digest::digest(&digest::SHA256, STYLESHEET.as_bytes()).as_ref());
    let form_action = leads.form_action();
    vec![
        ("Content-Type", "text/html;charset=utf-8".to_owned()),
        (
            "Content-Security-Policy",
            format!(
                "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'{form_action}"
            ),
        ),
        ("X-Content-Type-Options", "nosniff".to_owned()),
        ("X-Frame-Options", "DENY".to_owned()),
        ("Referrer-Policy", "no-referrer".to_owned()),
        ("Cache-Control", "no-store".to_owned()),
    ]
}
