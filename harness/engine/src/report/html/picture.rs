//! The picture of a case: who spoke to whom, from top to bottom. It is drawn in SVG, with a text that says the same.

use super::markup::Markup;
use crate::run::{ExchangeRecord, Party};

/// The room between two lines of life.
const LANE: usize = 226;
/// The room at either side.
const MARGIN: usize = 64;
/// The room for the names of the parties.
const HEAD: usize = 44;
/// The room that one exchange takes.
const STEP: usize = 62;
/// How many characters of a label there is room for between two lines of life.
const LETTERS: usize = 31;

/// What a party is called.
pub(super) fn name(party: Party) -> &'static str {
    match party {
        Party::User => "User's browser",
        Party::Client => "Client",
        Party::Domain => "Identity domain",
        Party::Integration => "Integration (OIC)",
        Party::Fusion => "Fusion",
        Party::Api => "API",
    }
}

/// One hop, which may have been made several times in a row.
struct Hop<'a> {
    exchange: &'a ExchangeRecord,
    from: Party,
    to: Party,
    times: usize,
}

/// Draws some exchanges; nothing where nobody knows who spoke to whom.
pub(super) fn draw(markup: &mut Markup, exchanges: &[ExchangeRecord]) {
    let hops = hops(exchanges);
    if hops.is_empty() {
        return;
    }
    let mut parties: Vec<Party> = hops.iter().flat_map(|hop| [hop.from, hop.to]).collect();
    parties.sort_unstable();
    parties.dedup();
    let across = |party| {
        let place = parties.iter().position(|known| *known == party);
        MARGIN + LANE * place.expect("the parties of all hops are listed")
    };
    let width = MARGIN * 2 + LANE * (parties.len() - 1);
    let height = HEAD + STEP * hops.len() + 12;
    let [width, height] = [width, height].map(|length| length.to_string());
    let says = told(&hops);
    let frame = format!("0 0 {width} {height}");
    // People who use only the keyboard scroll it too.
    let scrolls = [
        ("class", "picture"),
        ("tabindex", "0"),
        ("role", "group"),
        ("aria-label", "Sequence of the requests"),
    ];
    markup.element("div", &scrolls, |markup| {
        let attributes = [
            ("role", "img"),
            ("aria-label", says.as_str()),
            ("viewBox", &frame),
            ("width", &width),
            ("height", &height),
        ];
        markup.element("svg", &attributes, |markup| {
            for party in &parties {
                let x = across(*party);
                let last = (HEAD + STEP * hops.len() + 6).to_string();
                line(
                    markup,
                    "life",
                    (x, HEAD - 12),
                    (x, last.parse().expect("it was a number")),
                );
                text(markup, "party", "middle", (x, 20), name(*party));
            }
            for (index, hop) in hops.iter().enumerate() {
                let y = HEAD + STEP * index + 12;
                hop.draw(markup, index + 1, (across(hop.from), across(hop.to)), y);
            }
        });
    });
}

fn hops(exchanges: &[ExchangeRecord]) -> Vec<Hop<'_>> {
    let mut hops: Vec<Hop<'_>> = Vec::new();
    for exchange in exchanges {
        let (Some(from), Some(to)) = (exchange.from, exchange.to) else {
            continue;
        };
        let is_again = |last: &&mut Hop<'_>| {
            last.exchange.step == exchange.step && last.exchange.status == exchange.status && exchange.error.is_none()
        };
        match hops.last_mut().filter(is_again) {
            Some(last) => last.times += 1,
            None => hops.push(Hop {
                exchange,
                from,
                to,
                times: 1,
            }),
        }
    }
    hops
}

impl Hop<'_> {
    fn request(&self) -> String {
        let url = &self.exchange.url;
        let path = url.split_once("://").map_or(url.as_str(), |(_, rest)| {
            rest.find('/').map_or("/", |start| &rest[start..])
        });
        format!("{} {path}", self.exchange.method)
    }

    fn answer(&self) -> String {
        let answer = match (self.exchange.status, &self.exchange.error) {
            (Some(status), _) => status.to_string(),
            (None, _) => "no answer".to_owned(),
        };
        match self.times {
            1 => answer,
            times => format!("{answer}, {times} times"),
        }
    }

    fn draw(&self, markup: &mut Markup, number: usize, (from, to): (usize, usize), y: usize) {
        let lead = from.min(to) + 8;
        text(
            markup,
            "step",
            "start",
            (lead, y),
            &format!("{number} {}", fitting(&self.exchange.step)),
        );
        text(markup, "what", "start", (lead, y + 14), &fitting(&self.request()));
        let below = y + 20;
        line(markup, "sent", (from, below), (to, below));
        head(markup, "sent-head", (to, below), to > from);
        let class = match self.exchange.status {
            Some(status) if status < 400 => "good",
            Some(_) => "refused",
            None => "lost",
        };
        let back = y + 36;
        line(markup, class, (to, back), (from, back));
        head(markup, class, (from, back), from > to);
        text(markup, class, "end", (from.max(to) - 8, back - 4), &self.answer());
    }
}

/// The same in words.
fn told(hops: &[Hop<'_>]) -> String {
    let told = hops.iter().enumerate().map(|(index, hop)| {
        format!(
            "{}. {}: {} to {}: {}; answer {}.",
            index + 1,
            hop.exchange.step,
            name(hop.from),
            name(hop.to),
            hop.request(),
            hop.answer()
        )
    });
    told.collect::<Vec<_>>().join(" ")
}

/// As much of a text as there is room for, its end rather than its middle.
fn fitting(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= LETTERS {
        return text.to_owned();
    }
    let (begin, end) = (LETTERS / 3, LETTERS - LETTERS / 3 - 1);
    let [begin, end]: [String; 2] =
        [&letters[..begin], &letters[letters.len() - end..]].map(|part| part.iter().collect());
    format!("{begin}…{end}")
}

fn line(markup: &mut Markup, class: &str, (x1, y1): (usize, usize), (x2, y2): (usize, usize)) {
    let path = format!("M{x1} {y1}L{x2} {y2}");
    markup.element("path", &[("class", class), ("d", &path)], |_| {});
}

/// The point of an arrow.
fn head(markup: &mut Markup, class: &str, (x, y): (usize, usize), is_rightwards: bool) {
    let back = if is_rightwards { x - 8 } else { x + 8 };
    let path = format!("M{x} {y}L{back} {}L{back} {}Z", y - 4, y + 4);
    markup.element(
        "path",
        &[("class", class), ("d", &path), ("fill", "currentColor")],
        |_| {},
    );
}

fn text(markup: &mut Markup, class: &str, anchor: &str, (x, y): (usize, usize), text: &str) {
    let [x, y] = [x, y].map(|place| place.to_string());
    let attributes = [
        ("class", class),
        ("x", x.as_str()),
        ("y", y.as_str()),
        ("text-anchor", anchor),
    ];
    markup.leaf("text", &attributes, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(step: &str, to: Option<Party>, status: Option<u16>) -> ExchangeRecord {
        ExchangeRecord {
            step: step.to_owned(),
            from: Some(Party::Client),
            to,
            method: "POST".to_owned(),
            url: "https://x.example/oauth2/v1/token".to_owned(),
            status,
            location: None,
            ecid: None,
            error: None,
            observed: std::collections::BTreeMap::new(),
        }
    }

    fn drawn(exchanges: &[ExchangeRecord]) -> String {
        let mut markup = Markup::default();
        draw(&mut markup, exchanges);
        markup.finish()
    }

    #[test]
    fn the_text_of_a_picture_says_what_it_shows() {
        let picture = drawn(&[
            exchange("token", Some(Party::Domain), Some(200)),
            exchange("poll", Some(Party::Fusion), Some(200)),
            exchange("poll", Some(Party::Fusion), Some(200)),
            exchange("last", Some(Party::Fusion), None),
        ]);
        let says = "1. token: Client to Identity domain: POST /oauth2/v1/token; answer 200. \
            2. poll: Client to Fusion: POST /oauth2/v1/token; answer 200, 2 times. \
            3. last: Client to Fusion: POST /oauth2/v1/token; answer no answer.";
        assert!(picture.contains(&format!("aria-label=\"{says}\"")), "{picture}");
        assert_eq!(picture.matches(">Fusion<").count(), 1, "{picture}");
    }

    #[test]
    fn nothing_is_drawn_of_what_nobody_knows() {
        assert_eq!(drawn(&[exchange("token", None, Some(200))]), "");
    }

    #[test]
    fn a_long_path_keeps_its_end() {
        assert_eq!(
            fitting("/api/fusion-ai/orchestrator/agent/v2/EXPENSE_HELPER/invokeAsync"),
            "/api/fusio…E_HELPER/invokeAsync"
        );
    }
}
