//! The terminal report of a proof: which broken servers the scenarios noticed, and which not.

use super::Options;
use super::escape::terminal as escaped;
use super::mark::{PLAIN, QUIET, STRONG, mark};
use super::sheet::{Sheet, count};
use crate::proof::{MutantKind, Proof, Unobservable};
use crate::run::Verdict;

/// The report of a proof. `verbose` also lists what is in order: compounds, and what nobody can see.
pub fn proof(proof: &Proof, options: Options<'_>) -> String {
    let mut sheet = Sheet::new(options.width, options.colour);
    totals(&mut sheet, proof);
    for section in sections(proof, options) {
        section.write(&mut sheet);
    }
    sentence(&mut sheet, proof);
    sheet.finish()
}

fn totals(sheet: &mut Sheet, proof: &Proof) {
    sheet.text(0, (STRONG, "Proof"));
    let caught_compounds = proof.compound.iter().filter(|compound| compound.caught).count();
    let lines = [
        (proof.caught, proof.mutants, "mutants caught"),
        (caught_compounds, proof.compound.len(), "compound cases turned red"),
    ];
    for (number, of, what) in lines.into_iter().filter(|(_, of, _)| *of > 0) {
        let look = mark(if number == of { Verdict::Pass } else { Verdict::Fail });
        let number = format!("{number:>5} of {of:>5}");
        sheet.pieces(2, &[(look.style, look.sign), (look.style, &number), (PLAIN, what)]);
    }
    if !proof.unobservable.is_empty() {
        let number = format!("{:>14}", proof.unobservable.len());
        let sign = mark(Verdict::Skipped).sign;
        let what = "that nobody can see on the wire, counted apart";
        sheet.pieces(2, &[(QUIET, sign), (QUIET, &number), (QUIET, what)]);
    }
}

/// Things of one kind, each with its name and what is to be said about it.
struct Section {
    name: &'static str,
    about: &'static str,
    verdict: Verdict,
    items: Vec<(String, String)>,
}

impl Section {
    fn write(&self, sheet: &mut Sheet) {
        if self.items.is_empty() {
            return;
        }
        sheet.gap();
        let name = format!("{} ({})", self.name, self.items.len());
        sheet.entry(0, 2, &[(STRONG, &name)], (QUIET, self.about));
        let look = mark(self.verdict);
        for (name, text) in &self.items {
            let head = [(look.style, look.sign), (STRONG, &*escaped(name))];
            sheet.entry(2, 6, &head, (PLAIN, &escaped(text)));
        }
    }
}

/// Everything that there is to list, the worst first.
fn sections(proof: &Proof, options: Options<'_>) -> Vec<Section> {
    let alarms = proof.alarms.iter().map(|alarm| {
        let why = alarm.reason.iter().map(|reason| format!(": {reason}"));
        let why = why.collect::<String>();
        (
            alarm.case.clone(),
            format!("{} under {}{why}", alarm.verdict.as_str(), alarm.profile),
        )
    });
    let survivors = proof.survivors.iter().map(|survivor| {
        let rows = match survivor.rows.as_slice() {
            [] => String::new(),
            rows => format!(" ({})", rows.join(", ")),
        };
        let does = does(survivor.kind);
        (mutant(&survivor.rule, &survivor.defect), format!("{does}{rows}"))
    });
    let missed = proof.compound.iter().filter(|compound| !compound.caught);
    let missed = missed.map(|compound| {
        let rules = compound.rules.join(" and ");
        (
            compound.case.clone(),
            format!("passes under {} without {rules}", compound.profile),
        )
    });
    let idle = proof.idle.iter().map(|idle| {
        let profiles = idle.profiles.join(" and ");
        (
            idle.case.clone(),
            format!("passes under {profiles}, whatever is broken"),
        )
    });
    let crosstalk = proof.crosstalk.iter().map(|crosstalk| {
        let by = mutant(&crosstalk.rule, &crosstalk.defect);
        let verdict = crosstalk.verdict.as_str();
        (
            crosstalk.case.clone(),
            match crosstalk.missed.first() {
                Some(first) => format!("{verdict} under {} by {by}: {first}", crosstalk.profile),
                None => format!("{verdict} under {} by {by}", crosstalk.profile),
            },
        )
    });
    let stale = proof.unobservable.iter().filter_map(|unobservable| {
        let case = unobservable.caught_by.as_ref()?;
        let said = &unobservable.why;
        Some((name_of(unobservable), format!("seen by {case}, and yet we say: {said}")))
    });
    let unseen = proof
        .unobservable
        .iter()
        .filter(|unobservable| unobservable.caught_by.is_none() && options.verbose);
    let unseen = unseen.map(|unobservable| (name_of(unobservable), unobservable.why.clone()));
    let faults: [(_, _, Vec<_>); 6] = [
        ("False alarms", "red on a server that is in order", alarms.collect()),
        (
            "Survivors",
            "nobody notices when a server does this",
            survivors.collect(),
        ),
        (
            "Compound cases missed",
            "green although all their rules are off",
            missed.collect(),
        ),
        (
            "Idle cases",
            "no mutant turns them red, so they prove nothing",
            idle.collect(),
        ),
        (
            "Crosstalk",
            "red by a rule that the case does not name",
            crosstalk.collect(),
        ),
        (
            "Stale reasons",
            "said to be invisible, and seen all the same",
            stale.collect(),
        ),
    ];
    let faults = faults
        .into_iter()
        .map(|(name, about, items)| (name, about, Verdict::Fail, items));
    let about = "they change nothing that a client can see";
    let sections = faults.chain([("Unobservable mutants", about, Verdict::Skipped, unseen.collect())]);
    let section = |(name, about, verdict, items)| Section {
        name,
        about,
        verdict,
        items,
    };
    sections.map(section).collect()
}

fn name_of(unobservable: &Unobservable) -> String {
    mutant(&unobservable.rule, &unobservable.defect)
}

fn mutant(rule: &str, defect: &str) -> String {
    format!("{rule}.{defect}")
}

fn does(kind: MutantKind) -> &'static str {
    match kind {
        MutantKind::Skip => "lets through what it must refuse",
        MutantKind::Misreport => "refuses in another form",
        MutantKind::Overreach => "refuses what is in order",
        MutantKind::Break => "grants something else than it promises",
    }
}

/// What it all comes to.
fn sentence(sheet: &mut Sheet, proof: &Proof) {
    let (caught, mutants) = (proof.caught, proof.mutants);
    let (verdict, text) = if proof.holds() {
        let ways = if proof.is_partial {
            format!("each of the {mutants} ways that were asked for in which a server can be wrong.")
        } else {
            format!("each of {mutants} ways in which a server can be wrong, and no case is idle.")
        };
        (Verdict::Pass, format!("The scenarios notice {ways}"))
    } else if mutants == 0 {
        (
            Verdict::Fail,
            "Nothing is proved: there was no mutant to catch.".to_owned(),
        )
    } else {
        let missed = proof.compound.iter().filter(|compound| !compound.caught).count();
        let stale = proof
            .unobservable
            .iter()
            .filter(|unobservable| unobservable.caught_by.is_some());
        let faults = [
            count(proof.alarms.len(), "false alarm", "false alarms"),
            count(proof.survivors.len(), "survivor", "survivors"),
            count(missed, "compound case missed", "compound cases missed"),
            count(proof.idle.len(), "idle case", "idle cases"),
            count(proof.crosstalk.len(), "crosstalk", "crosstalks"),
            count(stale.count(), "stale reason", "stale reasons"),
        ];
        let faults: Vec<String> = faults.into_iter().filter(|fault| !fault.starts_with("0 ")).collect();
        (
            Verdict::Fail,
            format!(
                "Not proved: {caught} of {mutants} mutants caught; {}.",
                faults.join(", ")
            ),
        )
    };
    let look = mark(verdict);
    let style = look.style.bold();
    sheet.gap();
    sheet.entry(0, 3, &[(style, look.sign)], (style, &text));
}
