//! The workflow in `docs/examples`: it is YAML, and every command in it and in `docs/ci.md` is one that the command line takes.

use clap::Parser as _;
use serde_json::Value;
use tenantproof::arguments::{Arguments, Command};

const WORKFLOW: &str = include_str!("../docs/examples/github-workflow.yml");
const PAGE: &str = include_str!("../docs/ci.md");

fn workflow() -> Value {
    serde_saphyr::from_str(WORKFLOW).expect("the workflow is YAML")
}

/// Every script of a job, with the values of its matrix filled in.
fn scripts(job: &Value) -> Vec<String> {
    let steps = job["steps"].as_array().expect("a job has steps");
    let scripts = steps.iter().filter_map(|step| step["run"].as_str());
    let numbers = job["strategy"]["matrix"]["number"].as_array();
    scripts
        .flat_map(|script| match numbers {
            None => vec![script.to_owned()],
            Some(numbers) => numbers
                .iter()
                .map(|number| script.replace("${{ matrix.number }}", &number.to_string()))
                .collect(),
        })
        .collect()
}

/// The words of a line of the shell, as far as these use it: quotation marks, and variables, which stand for themselves.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for character in line.chars() {
        match (quote, character) {
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, ' ') if word.is_empty() => {}
            (None, ' ') => words.push(std::mem::take(&mut word)),
            _ => word.push(character),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    // A number stands where the build server would put one.
    words.into_iter().map(|word| word.replace("$SEED", "421")).collect()
}

/// The command lines of tenantproof in a script or page.
fn commands(text: &str) -> Vec<Vec<String>> {
    let joined = text.replace("\\\n", " ");
    let lines = joined.lines().map(|line| {
        let line = line.trim().trim_start_matches("$ ");
        let line = line.split("    #").next().unwrap_or_default();
        let inner = line.split_once("$(").and_then(|(_, rest)| rest.strip_suffix(')'));
        words(inner.unwrap_or(line))
    });
    let of_ours = lines.filter(|words| words.first().is_some_and(|word| word == "tenantproof"));
    of_ours.collect()
}

fn parsed(command: &[String]) -> Arguments {
    Arguments::try_parse_from(command).unwrap_or_else(|error| panic!("{}\n{error}", command.join(" ")))
}

#[test]
fn every_command_of_the_workflow_is_one_that_the_command_line_takes() {
    let workflow = workflow();
    let jobs = workflow["jobs"].as_object().expect("a workflow has jobs");
    let all: Vec<Command> = jobs
        .values()
        .flat_map(scripts)
        .flat_map(|script| commands(&script))
        .map(|command| parsed(&command).command)
        .collect();
    let count = |is_one: fn(&Command) -> bool| all.iter().filter(|command| is_one(command)).count();
    assert_eq!(
        count(|command| matches!(command, Command::Run(run) if run.shard.is_some())),
        4
    );
    assert_eq!(count(|command| matches!(command, Command::Merge(_))), 1);
    assert_eq!(count(|command| matches!(command, Command::Doctor(_))), 1);
    assert!(WORKFLOW.matches("tenantproof run").count() + WORKFLOW.matches("tenantproof merge").count() == 3);
}

#[test]
fn its_shards_are_all_there_and_their_records_reach_the_merge() {
    let workflow = workflow();
    let runs = scripts(&workflow["jobs"]["shard"]);
    let mut shards = Vec::new();
    for command in runs.iter().flat_map(|script| commands(script)) {
        let Command::Run(run) = parsed(&command).command else {
            panic!("a shard runs");
        };
        let shard = run.shard.expect("it is a shard");
        let record = run.record.expect("it leaves a record");
        assert_eq!(record.display().to_string(), format!("shard-{}.json", shard.number));
        assert!(run.seed.is_some(), "a target of its own wants one seed for all shards");
        assert_eq!(shard.of, runs.iter().flat_map(|script| commands(script)).count());
        shards.push(shard.number);
    }
    shards.sort_unstable();
    assert_eq!(shards, (1..=shards.len()).collect::<Vec<_>>());
    assert_eq!(workflow["jobs"]["merge"]["needs"], "shard");
    let downloads = workflow["jobs"]["merge"]["steps"].to_string();
    assert!(
        downloads.contains("shard-*") && downloads.contains("records"),
        "{downloads}"
    );
}

#[test]
fn secrets_are_given_by_the_environment_and_stand_in_no_command() {
    let workflow = workflow();
    for (name, job) in workflow["jobs"].as_object().expect("a workflow has jobs") {
        for script in scripts(job) {
            assert!(!script.contains("secrets."), "{name}: {script}");
        }
    }
    assert!(WORKFLOW.contains("TENANTPROOF_BACKEND_SECRET: ${{ secrets.TENANTPROOF_BACKEND_SECRET }}"));
}

#[test]
fn every_command_of_the_page_is_one_that_the_command_line_takes() {
    let commands = commands(PAGE);
    assert!(commands.len() >= 5, "{commands:?}");
    for command in commands {
        parsed(&command);
    }
}
