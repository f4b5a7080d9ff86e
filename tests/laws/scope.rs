//! The law on scopes: they match by exact words, and only the ones that the client was given.

use proptest::prelude::*;
use proptest::sample::Index;

use crate::law::holds_in;
use crate::plan::{World, plans};

/// A small change of a text.
#[derive(Clone, Debug)]
enum Edit {
    Insert(Index, char),
    Replace(Index, char),
    Remove(Index),
    OtherCase(Index),
    Truncate(Index),
    Append(String),
    None,
}

fn edits() -> impl Strategy<Value = Edit> {
    let character = prop_oneof![
        any::<char>(),
        prop::sample::select(&[' ', ',', '*', '/', '%', '+', '\t'][..])
    ];
    prop_oneof![
        (any::<Index>(), character.clone()).prop_map(|(at, other)| Edit::Insert(at, other)),
        (any::<Index>(), character).prop_map(|(at, other)| Edit::Replace(at, other)),
        any::<Index>().prop_map(Edit::Remove),
        any::<Index>().prop_map(Edit::OtherCase),
        any::<Index>().prop_map(Edit::Truncate),
        "[ ,;*/a-z]{1,4}".prop_map(Edit::Append),
        Just(Edit::None),
    ]
}

impl Edit {
    fn apply(&self, text: &str) -> String {
        let mut text: Vec<char> = text.chars().collect();
        let at = |index: &Index| index.index(text.len());
        match self {
            Self::Insert(index, other) => text.insert(at(index), *other),
            Self::Replace(index, other) => {
                let at = at(index);
                text[at] = *other;
            }
            Self::Remove(index) => {
                let at = at(index);
                text.remove(at);
            }
            Self::OtherCase(index) => {
                let at = at(index);
                let other = text[at];
                text[at] = if other.is_ascii_lowercase() {
                    other.to_ascii_uppercase()
                } else {
                    other.to_ascii_lowercase()
                };
            }
            Self::Truncate(index) => text.truncate(at(index)),
            Self::Append(more) => text.extend(more.chars()),
            Self::None => {}
        }
        text.into_iter().collect()
    }
}

/// Whether a client may have this: words separated by blanks, each one given to it, all of one resource.
fn may_have(world: &World, scope: &str) -> bool {
    let words: Vec<&str> = scope.split(' ').filter(|word| !word.is_empty()).collect();
    let is_given = |word: &&str| world.allowed.iter().any(|allowed| allowed == word);
    let is_of_one = world
        .resources
        .iter()
        .any(|(_, scopes)| words.iter().all(|word| scopes.iter().any(|scope| scope == word)));
    !words.is_empty() && words.iter().all(is_given) && is_of_one
}

#[test]
fn scopes_match_word_by_word_and_character_by_character() {
    let words = prop::collection::vec((any::<Index>(), any::<bool>()), 1..3);
    // Cheap to try, and the rare cases are the ones that matter.
    holds_in(2048, file!(), (plans(), words, edits()), |(plan, words, edit)| {
        let world = plan.world();
        // Mostly scopes that the client was given, sometimes any that there are.
        let all: Vec<String> = world.resources.iter().flat_map(|(_, scopes)| scopes.clone()).collect();
        let words = words
            .iter()
            .map(|(which, given)| which.get(if *given { &world.allowed } else { &all }).as_str());
        let scope = edit.apply(&words.collect::<Vec<_>>().join(" "));
        let answer = world.answer(&world.client_credentials(&scope));
        let expected = may_have(&world, &scope);
        prop_assert_eq!(answer.status == 200, expected, "{:?}", scope);
        if !expected {
            prop_assert_eq!(answer.status, 400);
        }
        Ok((!expected).into())
    });
}
