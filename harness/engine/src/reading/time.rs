//! Times as people read them: the moment in UTC, and how far it is from now.

/// The units of a distance, from the largest, in seconds.
const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];

/// A moment in UTC, such as `2026-11-20 12:00:00 UTC`; `seconds` is since 1970.
pub fn moment(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(
        |_| "a moment beyond all calendars".to_owned(),
        |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// How far a moment is from now, such as `in 5 min` or `2 d 3 h ago`.
pub fn distance(seconds: i64, now: i64) -> String {
    let apart = seconds.abs_diff(now);
    let Some(first) = UNITS.iter().position(|(_, unit)| apart >= *unit) else {
        return "now".to_owned();
    };
    let mut words = Vec::new();
    let mut rest = apart;
    // Two units say enough.
    for (name, unit) in UNITS.iter().skip(first).take(2) {
        if rest >= *unit {
            words.push(format!("{} {name}", rest / unit));
            rest %= unit;
        }
    }
    let words = words.join(" ");
    if seconds > now {
        format!("in {words}")
    } else {
        format!("{words} ago")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_utc() {
        assert_eq!(moment(1_795_176_000), "2026-11-20 12:00:00 UTC");
        assert_eq!(moment(-1), "1969-12-31 23:59:59 UTC");
        assert_eq!(moment(i64::MAX), "a moment beyond all calendars");
    }

    #[test]
    fn distances_are_told_in_two_units_at_most() {
        for (seconds, told) in [
            (1_000, "now"),
            (1_001, "in 1 s"),
            (1_300, "in 5 min"),
            (1_365, "in 6 min 5 s"),
            (940, "1 min ago"),
            (1_000 + 86_400 * 2 + 3_600 * 3 + 59, "in 2 d 3 h"),
            (1_000 - 86_400 - 59, "1 d ago"),
        ] {
            assert_eq!(distance(seconds, 1_000), told);
        }
        assert!(distance(i64::MIN, i64::MAX).ends_with(" ago"));
    }
}
