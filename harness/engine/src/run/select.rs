//! Selecting cases: by id, by the beginning of an id, or by a pattern with `*`.

/// Whether a case with this id is meant.
///
/// A selection means a case if it is its id, if it is the beginning of it up to `/`, `#` or `:` (a folder, a file, a case with all its
/// variants), or if it matches with each `*` standing for any text. The ending `.yaml` of a file may be left on.
pub fn is_selected(id: &str, selection: &str) -> bool {
    let selection = selection.replacen(".yaml", "", 1);
    if selection.contains('*') {
        return matches_pattern(id, &selection);
    }
    match id.strip_prefix(selection.as_str()) {
        Some(rest) => rest.is_empty() || rest.starts_with(['/', '#', ':']) || selection.ends_with(['/', '#', ':']),
        None => false,
    }
}

fn matches_pattern(text: &str, pattern: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_beginnings_and_patterns_are_told_apart() {
        let id = "jwt-bearer/assertion#expired:late";
        for selection in [
            id,
            "jwt-bearer/assertion#expired",
            "jwt-bearer/assertion",
            "jwt-bearer/assertion.yaml",
            "jwt-bearer/assertion.yaml#expired",
            "jwt-bearer",
            "jwt-bearer/",
            "*",
            "*#expired*",
            "jwt-*:late",
            "jwt-bearer/*#*",
        ] {
            assert!(is_selected(id, selection), "{selection}");
        }
        for selection in [
            "jwt",
            "jwt-bearer/assert",
            "expired",
            "*#expired",
            "a*",
            "*early",
            "jwt-bearer/assertion#exp",
        ] {
            assert!(!is_selected(id, selection), "{selection}");
        }
    }
}
