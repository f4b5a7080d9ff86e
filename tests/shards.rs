//! A run in parts: `run --shard` in parallel jobs, and `merge` that puts their records together.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Flows and tables of several folders, some of which are skipped in part.
const SELECT: [&str; 3] = [
    "client-credentials",
    "jwt-bearer/assertion-times",
    "jwt-bearer/assertion-audience",
];

fn tenantproof(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tenantproof"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the binary runs")
}

fn said(output: &Output) -> String {
    format!(
        "{:?}\n{}\n{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A folder of this test's own, below the build's.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shards-{name}"));
    // One that an earlier run left behind is in the way.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("the build's folder can be written");
    folder
}

/// Runs every shard, and says how each ended.
fn run_shards(folder: &Path, of: usize, more: &[&str]) -> Vec<Option<i32>> {
    let each = (1..=of).map(|number| {
        let (shard, record) = (format!("{number}/{of}"), format!("{number}.json"));
        let mut arguments = vec!["run", "--shard", &shard, "--record", &record];
        // The order of the selection makes no difference.
        let mut select = SELECT;
        select.rotate_left(number % SELECT.len());
        arguments.extend(select);
        arguments.extend(more);
        tenantproof(folder, &arguments).status.code()
    });
    each.collect()
}

fn whole(folder: &Path, more: &[&str]) -> Output {
    let mut arguments = vec!["run"];
    arguments.extend(SELECT);
    arguments.extend(more);
    tenantproof(folder, &arguments)
}

fn record(folder: &Path, name: &str) -> Value {
    let text = std::fs::read(folder.join(name)).expect("the record was written");
    serde_json::from_slice(&text).expect("it is JSON")
}

/// A record without what no two runs share: times, and keys and signatures that chance made.
fn without_chance(mut record: Value) -> Value {
    for case in record["cases"].as_array_mut().expect("a list of cases") {
        for time in ["duration", "duration-us"] {
            case.as_object_mut().expect("a case").remove(time);
        }
        for token in case["tokens"].as_array_mut().expect("a list of tokens") {
            token.as_object_mut().expect("a token").remove("digest");
            if let Some(header) = token["header"].as_object_mut() {
                header.remove("jwk");
            }
        }
    }
    record
}

/// Compares two records, case by case, so that a difference can be read.
fn assert_alike(folder: &Path, one: &str, other: &str) {
    let [mut one, mut other] = [one, other].map(|name| without_chance(record(folder, name)));
    let [ones, others] = [&mut one, &mut other].map(|record| record["cases"].take());
    assert_eq!(one, other);
    let [ones, others] = [&ones, &others].map(|cases| cases.as_array().expect("a list of cases"));
    assert_eq!(ones.len(), others.len());
    for (one, other) in ones.iter().zip(others) {
        assert_eq!(one, other);
    }
}

/// The report on the terminal.
fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn shards_merge_to_the_record_and_the_report_of_the_whole_run() {
    let folder = folder("whole");
    let reports = |name: &str| ["json", "html", "markdown", "junit"].map(|kind| format!("{kind}={name}.{kind}"));
    let of_whole = reports("whole");
    let flags: Vec<&str> = of_whole.iter().flat_map(|report| ["--report", report]).collect();
    let run = whole(&folder, &flags);
    assert_eq!(run.status.code(), Some(0), "{}", said(&run));
    let of = 3;
    let codes = run_shards(&folder, of, &[]);
    assert!(codes.iter().all(|code| *code == Some(0)), "{codes:?}");
    let records: Vec<String> = (1..=of).rev().map(|number| format!("{number}.json")).collect();
    let of_merged = reports("merged");
    let mut arguments = vec!["merge"];
    arguments.extend(records.iter().map(String::as_str));
    arguments.extend(of_merged.iter().flat_map(|report| ["--report", report]));
    let merged = tenantproof(&folder, &arguments);
    assert_eq!(merged.status.code(), Some(0), "{}", said(&merged));
    assert_eq!(told(&merged), told(&run));
    assert_alike(&folder, "merged.json", "whole.json");
    let markdown = |name: &str| std::fs::read_to_string(folder.join(name)).expect("the report was written");
    assert_eq!(markdown("merged.markdown"), markdown("whole.markdown"));
    for report in ["merged.html", "merged.junit"] {
        assert!(folder.join(report).exists(), "{report}");
    }
}

#[test]
fn each_shard_has_its_part_and_none_is_empty() {
    let folder = folder("parts");
    run_shards(&folder, 3, &[]);
    let counts: Vec<usize> = (1..=3)
        .map(|number| {
            let record = record(&folder, &format!("{number}.json"));
            assert_eq!(record["shard"]["number"], number);
            record["cases"].as_array().expect("a list of cases").len()
        })
        .collect();
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
}

#[test]
fn a_missing_doubled_or_foreign_shard_is_an_error_that_names_it() {
    let folder = folder("missing");
    run_shards(&folder, 3, &[]);
    whole(&folder, &["--report", "json=whole.json"]);
    let other = ["run", SELECT[0], "--shard", "2/3", "--record", "other.json"];
    tenantproof(&folder, &other);
    let seeded = ["--shard", "2/3", "--record", "seeded.json", "--seed", "9"];
    whole(&folder, &seeded);
    let mut cut = record(&folder, "2.json");
    cut["cases"].as_array_mut().expect("a list of cases").pop();
    std::fs::write(folder.join("cut.json"), cut.to_string()).expect("the folder can be written");
    std::fs::write(folder.join("rubbish.json"), "\"hush-hush\"").expect("the folder can be written");
    for (records, part) in [
        (&["1.json", "3.json"][..], "missing: shard 2/3"),
        (&["1.json", "2.json", "2.json", "3.json"], "shard 2/3 is there twice"),
        (
            &["1.json", "2.json", "3.json", "whole.json"],
            "the record of a whole run",
        ),
        (&["1.json", "other.json", "3.json"], "what was selected"),
        (&["1.json", "seeded.json", "3.json"], "they differ in the seed"),
        (&["1.json", "cut.json", "3.json"], "cut.json has "),
        (&["1.json", "rubbish.json", "3.json"], "rubbish.json is no record"),
        (&["1.json", "no-such.json"], "no-such.json cannot be read"),
    ] {
        let mut arguments = vec!["merge"];
        arguments.extend(records);
        let output = tenantproof(&folder, &arguments);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(part) && !error.contains("hush-hush"), "{part}: {error}");
    }
}

#[test]
fn what_is_required_fails_in_its_shard_and_in_the_merged_record() {
    let folder = folder("require");
    let missing = ["jwt-bearer/agent-as-user", "--target"];
    // Nothing of a plain target plays what these scenarios need.
    let target = folder.join("target.toml");
    std::fs::write(
        &target,
        "format = 1\nname = \"plain\"\nprofile = \"rfc\"\nhosts = [\"127.0.0.1\"]\n[domains.home]\nurl = \"http://127.0.0.1:9\"\n\
         issuer = \"https://a.example/\"\nassertion-audience = \"https://a.example/\"\n",
    )
    .expect("the folder can be written");
    let path = target.display().to_string();
    let run = |more: &[&str]| {
        let mut arguments = vec!["run", missing[0], missing[1], &path];
        arguments.extend(more);
        tenantproof(&folder, &arguments)
    };
    let refused = run(&["--shard", "1/2", "--record", "1.json"]);
    assert!(
        refused.status.code() == Some(2) && said(&refused).contains("--seed"),
        "{}",
        said(&refused)
    );
    // A shard of which all is skipped is no failure; all of them together are.
    for number in ["1", "2"] {
        let (shard, record) = (format!("{number}/2"), format!("{number}.json"));
        let output = run(&["--shard", &shard, "--record", &record, "--seed", "7"]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    let merged = tenantproof(&folder, &["merge", "1.json", "2.json"]);
    assert_eq!(merged.status.code(), Some(4), "{}", said(&merged));

    let name = record(&folder, "1.json")["cases"][0]["missing"]
        .as_str()
        .map(str::to_owned);
    let name = name.or_else(|| {
        record(&folder, "2.json")["cases"][0]["missing"]
            .as_str()
            .map(str::to_owned)
    });
    let name = name.expect("something is missing");
    let whole = run(&["--require", &name, "--seed", "7", "--report", "json=whole.json"]);
    let merged = tenantproof(
        &folder,
        &[
            "merge",
            "1.json",
            "2.json",
            "--require",
            &name,
            "--report",
            "json=merged.json",
        ],
    );
    assert_eq!(
        (whole.status.code(), merged.status.code()),
        (Some(1), Some(1)),
        "{}",
        said(&merged)
    );
    assert_alike(&folder, "merged.json", "whole.json");
    assert!(
        told(&merged).contains(&format!("--require {name}")),
        "{}",
        told(&merged)
    );
}

#[test]
fn a_baseline_is_judged_by_shards_for_their_cases_and_by_the_merged_record_for_all() {
    let folder = folder("baseline");
    let entry = |case: &str, until: &str| {
        format!(
            "[[deviation]]\ncase = \"{case}\"\nreason = \"known\"\nuntil = {until}\ninstead = {{ verdict = \"fail\" }}\n"
        )
    };
    for (name, entries, code) in [
        // Nothing of this is in any shard.
        ("no-such", entry("jwt-bearer/no-such", "2999-12-31"), Some(1)),
        ("elsewhere", entry("password/sign-in", "2999-12-31"), None),
        ("over", entry("client-credentials/token", "1999-12-31"), Some(1)),
    ] {
        std::fs::write(folder.join("baseline.toml"), format!("format = 1\n{entries}"))
            .expect("the folder can be written");
        let codes = run_shards(&folder, 3, &["--baseline", "baseline.toml"]);
        let failed = codes.iter().filter(|code| **code == Some(1)).count();
        assert_eq!(failed, usize::from(name == "over"), "{name}: {codes:?}");
        let run = whole(&folder, &["--baseline", "baseline.toml"]);
        let merged = tenantproof(
            &folder,
            &["merge", "1.json", "2.json", "3.json", "--baseline", "baseline.toml"],
        );
        assert_eq!(merged.status.code(), run.status.code(), "{name}: {}", said(&merged));
        assert_eq!(told(&merged), told(&run), "{name}");
        if code.is_some() {
            assert_eq!(merged.status.code(), code, "{name}");
        }
    }
}

#[test]
fn a_shard_is_named_by_two_numbers_and_goes_on_where_it_was() {
    let folder = folder("named");
    for wrong in ["0/3", "4/3", "1", "a/b"] {
        let output = tenantproof(&folder, &["run", SELECT[0], "--shard", wrong]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        assert!(said(&output).contains("such as 2/3"), "{}", said(&output));
    }
    let dry = tenantproof(&folder, &["run", SELECT[0], "--shard", "1/2", "--dry-run"]);
    assert!(told(&dry).contains("nothing was sent"), "{}", said(&dry));

    let go_on = |shard: &str| {
        tenantproof(
            &folder,
            &[
                "run",
                SELECT[0],
                "--shard",
                shard,
                "--record",
                "one.json",
                "--resume",
                "half.json",
            ],
        )
    };
    let first = ["run", SELECT[0], "--shard", "1/2", "--record", "half.json"];
    assert_eq!(tenantproof(&folder, &first).status.code(), Some(0));
    assert_eq!(go_on("1/2").status.code(), Some(0));
    let other = go_on("2/2");
    assert!(
        other.status.code() == Some(2) && said(&other).contains("another shard"),
        "{}",
        said(&other)
    );
}
