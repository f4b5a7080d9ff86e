//! What the user may type. Meaning is given to it in `command`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tenantproof_harness::run::Shard;

use crate::control;

/// Conformance harness and mock servers for Oracle identity domains and Fusion, called as the real end user.
#[derive(Debug, Parser)]
#[command(
    name = "tenantproof",
    version,
    after_help = "Exit codes: 0 passed, 1 failed, 2 wrong input, 3 inconclusive, 4 nothing ran."
)]
pub struct Arguments {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[expect(clippy::large_enum_variant, reason = "a process makes one of them")]
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run scenarios against embedded servers or a target, and print the verdicts.
    Run(RunArguments),
    /// Put the records of the shards of a run together, and print the verdicts.
    Merge(MergeArguments),
    /// Start the mock servers and print how to reach them.
    Serve(ServeArguments),
    /// List the scenarios and cases that there are.
    List,
    /// Say what is wrong with the scenarios.
    Lint {
        /// A folder to read in place of the embedded scenarios.
        #[arg(value_name = "FOLDER")]
        folder: Option<PathBuf>,
    },
    /// Print the JSON Schema of scenario files, or of landscape files.
    Schema {
        /// Which files.
        #[arg(value_enum, default_value_t)]
        of: SchemaArgument,
    },
    /// Print a landscape as a file that `serve --landscape` and `run --landscape` take.
    Landscape(LandscapeArguments),
    /// Print every rule of the mocks, with its rows, facts, premises and defects.
    Rules {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Print which wire fact is shown where, and which is not and why.
    Facts {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: FactsFormat,
    },
    /// Prove that the scenarios notice every defect of the mocks.
    Prove {
        /// Rules, such as `assertion.audience`, or mutants, such as `assertion.audience.list`; everything if left out.
        #[arg(value_name = "RULE")]
        select: Vec<String>,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// Worker threads; as many as there are processors if left out.
        #[arg(long, value_name = "N")]
        jobs: Option<usize>,
    },
    /// Explain a requirement row, wire fact, rule, scenario, case, answer or misconfiguration; MISCONF and diagnosis list those.
    Explain {
        /// Its id, such as ASR-018, IDCS-OAUTH-220, assertion.audience or jwt-bearer/agent-as-user.
        id: String,
    },
    /// Run the same scenarios on two targets, and say where they differ.
    Compare(CompareArguments),
    /// Look for the profile under which the mock servers answer as a target did.
    Calibrate(CalibrateArguments),
    /// Write a target file by asking.
    Init(InitArguments),
    /// Say what is wrong with a set-up before anything depends on it.
    Doctor(DoctorArguments),
    /// Undo what an interrupted run left on a target, by its ledger.
    Cleanup(CleanupArguments),
    /// Hand over an assertion, an access token, or the curl line that asks for one.
    Token(TokenArguments),
    /// Say what a token says, and what is likely wrong with it; it comes by standard input alone.
    Decode(DecodeArguments),
    /// Make a private key and a self-signed certificate over it.
    Keygen(KeygenArguments),
    /// Write a scenario down for another tool, without any secret.
    Export {
        /// The tool.
        #[arg(value_parser = ["postman", "curl", "http"])]
        tool: String,
        /// The id of a flow, such as jwt-bearer/agent-as-user.
        #[arg(value_name = "SCENARIO")]
        scenario: String,
        /// `embedded`, or the target file whose values are written.
        #[arg(long, value_name = "embedded|FILE", default_value = "embedded")]
        target: String,
    },
}

/// How to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
}

/// How to print the table of facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FactsFormat {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
    /// As the page `docs/facts.md`.
    Markdown,
}

/// What a schema is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SchemaArgument {
    /// Scenario files.
    #[default]
    Scenario,
    /// Landscape files.
    Landscape,
}

/// Which profile the servers show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileArgument {
    /// `oracle`: as the platform is documented, seen or thought to behave.
    Oracle,
    /// `rfc`: as the standards say.
    Rfc,
    /// A profile file, as `calibrate` writes it.
    File(PathBuf),
}

impl FromStr for ProfileArgument {
    type Err = String;

    /// A path is told from a mistyped name by its dot or slash.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "oracle" => Ok(Self::Oracle),
            "rfc" => Ok(Self::Rfc),
            path if path.contains(['.', '/']) => Ok(Self::File(PathBuf::from(path))),
            _ => Err("it is `oracle`, `rfc` or the path of a profile file, such as profile.toml".to_owned()),
        }
    }
}

/// How requests reach embedded servers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Carrier {
    /// By a function call.
    #[default]
    InProcess,
    /// Over plain HTTP on loopback.
    Http,
    /// Over TLS on loopback.
    Https,
}

/// The arguments of `run`.
#[derive(Clone, Debug, Default, Args)]
pub struct RunArguments {
    /// Ids, globs or path prefixes of scenarios and cases; everything if left out.
    #[arg(value_name = "SELECT")]
    pub select: Vec<String>,
    /// `embedded`, or a target file.
    #[arg(long, value_name = "embedded|FILE", default_value = "embedded")]
    pub target: String,
    /// The profile, or a file of one; a target file says it itself if this is left out.
    #[arg(long, value_name = "oracle|rfc|FILE")]
    pub profile: Option<ProfileArgument>,
    /// Set one switch of the profile, such as `invoke-status=202`; `tenantproof explain NAME` shows a switch.
    #[arg(long, value_name = "NAME=VALUE")]
    pub switch: Vec<String>,
    /// A landscape file for embedded servers, in place of the reference landscape; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub landscape: Option<PathBuf>,
    /// Make a mistake that people make, such as MISCONF-013, and run the scenario that shows it if none is selected.
    ///
    /// `tenantproof explain MISCONF` lists them.
    #[arg(long, value_name = "ID", conflicts_with = "landscape")]
    pub misconfigured: Option<String>,
    /// How requests reach embedded servers.
    #[arg(long, value_enum, default_value_t)]
    pub carrier: Carrier,
    /// Worker threads; as many as there are processors if left out, one on a target of its own.
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Run one part of N of the plan, for parallel jobs; `merge` puts their records together.
    ///
    /// Parts are whole flows and tables, and the same in every job that selects the same.
    #[arg(long, value_name = "K/N", conflicts_with = "misconfigured")]
    pub shard: Option<Shard>,
    /// What fresh values follow from; 1 if left out, and a new number each time on a target of its own.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How the record is judged and told.
    #[command(flatten)]
    pub judgement: JudgementArguments,
    /// What is done on a target beyond this machine.
    #[command(flatten)]
    pub beyond: BeyondArguments,
    /// Print every request, with secrets masked, and send none.
    #[arg(long)]
    pub dry_run: bool,
    /// Where the record stands while a run goes on; beside the target file if left out, on targets beyond this machine.
    #[arg(long, value_name = "PATH")]
    pub record: Option<PathBuf>,
    /// Go on from the record of a run that was interrupted.
    #[arg(long, value_name = "RECORD")]
    pub resume: Option<PathBuf>,
    /// Where is written what a run makes on the target; beside the target file if left out.
    #[arg(long, value_name = "PATH")]
    pub ledger: Option<PathBuf>,
}

/// How a record is judged and told, by `run` and by `merge`.
#[derive(Clone, Debug, Default, Args)]
pub struct JudgementArguments {
    /// Warnings fail too.
    #[arg(long)]
    pub strict: bool,
    /// A name whose absence must not skip anything: such skips fail.
    #[arg(long, value_name = "NAME")]
    pub require: Vec<String>,
    /// A file of known deviations: they fail nothing, and stale ones fail.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write a report: `html=PATH`, `markdown=PATH` (or `md`), `json=PATH` or `junit=PATH`.
    #[arg(long, value_name = "KIND=PATH")]
    pub report: Vec<String>,
}

/// The arguments of `merge`.
#[derive(Clone, Debug, Args)]
pub struct MergeArguments {
    /// The records of all shards of one run, as `run --shard K/N --record PATH` leaves them, in any order.
    #[arg(value_name = "RECORD", required = true)]
    pub records: Vec<PathBuf>,
    /// How the record is judged and told.
    #[command(flatten)]
    pub judgement: JudgementArguments,
}

/// How a target is reached.
#[derive(Clone, Debug, Default, Args)]
pub struct ReachArguments {
    /// Reach a host of the target at a loopback address, such as `fa.example=127.0.0.1:8443`; its name stays in TLS and in requests.
    #[arg(long, value_name = "NAME[:PORT]=ADDRESS:PORT")]
    pub resolve: Vec<String>,
    /// Run the commands by which a target file has its secrets printed.
    #[arg(long)]
    pub allow_commands: bool,
}

/// What a request may do to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EffectArgument {
    /// Look at something.
    Read,
    /// Get a token.
    Token,
    /// Run an agent or an integration that the target file names.
    Invoke,
    /// Change the landscape, and change it back.
    Admin,
}

/// The arguments of `compare`.
#[derive(Clone, Debug, Args)]
pub struct CompareArguments {
    /// Ids, globs or path prefixes of scenarios and cases; everything if left out.
    #[arg(value_name = "SELECT")]
    pub select: Vec<String>,
    /// One side; name two of them.
    ///
    /// A target file, the record of an earlier comparison or calibration (`.json`), or embedded servers: `embedded`, `embedded:rfc`,
    /// `embedded:profile.toml`, `embedded:oracle,challenge=rfc`.
    #[arg(long, value_name = "SIDE", required = true)]
    pub target: Vec<String>,
    /// By which profile the plan of both sides is made, `oracle` or `rfc`; by that of the first one if left out.
    #[arg(long, value_name = "oracle|rfc")]
    pub profile: Option<ProfileArgument>,
    /// How requests reach embedded servers.
    #[arg(long, value_enum, default_value_t)]
    pub carrier: Carrier,
    /// What is done on targets beyond this machine.
    #[command(flatten)]
    pub beyond: BeyondArguments,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// The arguments of `calibrate`.
#[derive(Clone, Debug, Args)]
pub struct CalibrateArguments {
    /// Ids, globs or path prefixes of scenarios and cases; everything if left out.
    #[arg(value_name = "SELECT")]
    pub select: Vec<String>,
    /// The target file, or the record of an earlier comparison or calibration (`.json`).
    #[arg(long, value_name = "SIDE")]
    pub target: String,
    /// The profile file to write; printed if left out.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// What is done on targets beyond this machine.
    #[command(flatten)]
    pub beyond: BeyondArguments,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// How targets are reached and what may be done there, by `run` and by whatever runs a plan.
#[derive(Clone, Debug, Default, Args)]
pub struct BeyondArguments {
    /// How the targets are reached.
    #[command(flatten)]
    pub reach: ReachArguments,
    /// An effect to allow beyond this machine besides `read` and `token`; the target file must allow it too.
    #[arg(long, value_enum, value_name = "EFFECT")]
    pub allow: Vec<EffectArgument>,
    /// The plan beyond this machine: `go-live` if left out, `full` for all that there is.
    #[arg(long, value_name = "NAME")]
    pub plan: Option<String>,
    /// Do not ask before a full plan.
    #[arg(long)]
    pub yes: bool,
}

/// The arguments of `doctor`.
#[derive(Clone, Debug, Args)]
pub struct DoctorArguments {
    /// The target file.
    #[arg(long, value_name = "FILE")]
    pub target: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// How the target is reached.
    #[command(flatten)]
    pub reach: ReachArguments,
}

/// The arguments of `token`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Exit codes: 0 it is printed, 1 it was refused, 2 wrong input, 3 the domain could not be reached."
)]
pub struct TokenArguments {
    /// The target file.
    #[arg(long, value_name = "FILE")]
    pub target: PathBuf,
    /// What is handed over.
    #[arg(long = "as", value_enum, value_name = "WHAT")]
    pub form: HandoverArgument,
    /// The client, by its name in the target file; the only one if left out.
    #[arg(long, value_name = "NAME")]
    pub client: Option<String>,
    /// The user, by its name in the target file; for the client itself if left out.
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// The API whose scope is asked for, by its name in the target file; the only one of the client if left out.
    #[arg(long, value_name = "NAME")]
    pub api: Option<String>,
    /// What of the client comes by standard input, in place of where the target file says.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub stdin: Option<StdinArgument>,
    /// How the target is reached.
    #[command(flatten)]
    pub reach: ReachArguments,
}

/// What `token` hands over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HandoverArgument {
    /// A signed assertion for the user, or by which the client shows who it is.
    Assertion,
    /// An access token, asked for at the client's domain: for the user by an assertion, or for the client itself.
    AccessToken,
    /// The line that asks for that token with curl and jq; what is secret stands in it as a variable.
    Curl,
}

/// What of a client may come by standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StdinArgument {
    /// Its secret.
    Secret,
    /// Its private key, PEM.
    Key,
    /// What opens its private key.
    KeyPassphrase,
}

/// The arguments of `decode`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Exit codes: 0 nothing is wrong with it, 1 something is, 2 there is no token in what was given."
)]
pub struct DecodeArguments {
    /// `-`: standard input, which may hold a token, an answer, a header field or a command line with one.
    ///
    /// Nothing else is taken, so that no token stands in a list of processes or in the history of a shell.
    #[arg(value_name = "-", allow_hyphen_values = true)]
    pub input: Vec<String>,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// The arguments of `init`.
#[derive(Clone, Debug, Args)]
pub struct InitArguments {
    /// The target file to write.
    #[arg(long, value_name = "FILE", default_value = "tenant.toml")]
    pub out: PathBuf,
}

/// The arguments of `cleanup`.
#[derive(Clone, Debug, Args)]
pub struct CleanupArguments {
    /// The target file.
    #[arg(long, value_name = "FILE")]
    pub target: PathBuf,
    /// The ledger of the run.
    #[arg(long, value_name = "PATH")]
    pub ledger: PathBuf,
    /// The client to undo things with; the one that made them if left out.
    #[arg(long, value_name = "NAME")]
    pub client: Option<String>,
    /// Say what would be undone, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// How the target is reached.
    #[command(flatten)]
    pub reach: ReachArguments,
}

/// The arguments of `serve`.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = control::help())]
pub struct ServeArguments {
    /// The profile, or a file of one; `oracle`, or what the landscape file says, if left out.
    #[arg(long, value_name = "oracle|rfc|FILE")]
    pub profile: Option<ProfileArgument>,
    /// Set one switch of the profile, such as `invoke-status=202`; `tenantproof explain NAME` shows a switch.
    #[arg(long, value_name = "NAME=VALUE")]
    pub switch: Vec<String>,
    /// A landscape file to serve, in place of the reference landscape; `-` is standard input.
    ///
    /// `tenantproof landscape` prints one to start from, `tenantproof schema landscape` its JSON Schema. A file says only what differs from
    /// the defaults. Domains, clients, users and agents keep the names of the reference landscape where they have them, and go by their own
    /// names else.
    #[arg(long, value_name = "FILE")]
    pub landscape: Option<PathBuf>,
    /// Make a mistake that people make, such as MISCONF-013, in the landscape or in what the target file says.
    ///
    /// `tenantproof explain MISCONF` lists them.
    #[arg(long, value_name = "ID", conflicts_with = "landscape")]
    pub misconfigured: Option<String>,
    /// The first port; the sites take it and those after it. Free ports if left out.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub port: u16,
    /// Speak TLS, under a certificate authority made for this run.
    #[arg(long)]
    pub tls: bool,
    /// Keep the names that the landscape has, in documents and in the target file, as a real tenant does; how to resolve them is printed.
    #[arg(long, requires = "tls")]
    pub real_names: bool,
    /// Switch a defect on, such as `assertion.audience.elsewhere`.
    #[arg(long, value_name = "RULE.DEFECT")]
    pub defect: Vec<String>,
    /// How to print; `json` is one line when ready, then one line for each request.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Write the target file for these servers, with keys and secrets in a folder beside it.
    #[arg(long, value_name = "PATH")]
    pub target_file: Option<PathBuf>,
    /// Open a control address on this loopback port; 0 takes a free one.
    ///
    /// Over it the clock is moved, faults are planned, the journal is read and settings are changed while the servers run. Its URL and its
    /// token are printed once, or given to COMMAND as TENANTPROOF_CONTROL_URL and TENANTPROOF_CONTROL_TOKEN.
    #[arg(long, value_name = "PORT")]
    pub control: Option<u16>,
    /// A command to run against the servers, with TENANTPROOF_* set; they stop when it ends.
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// The arguments of `landscape`.
#[derive(Clone, Debug, Args)]
pub struct LandscapeArguments {
    /// The profile, or a file of one; `oracle`, or what the landscape file says, if left out.
    #[arg(long, value_name = "oracle|rfc|FILE")]
    pub profile: Option<ProfileArgument>,
    /// Set one switch of the profile, such as `invoke-status=202`; `tenantproof explain NAME` shows a switch.
    #[arg(long, value_name = "NAME=VALUE")]
    pub switch: Vec<String>,
    /// A landscape file to check and print, in place of the reference landscape; `-` is standard input.
    ///
    /// What it leaves to be made is made: the printed file holds the keys and secrets themselves.
    #[arg(long, value_name = "FILE")]
    pub landscape: Option<PathBuf>,
    /// Print the published keys and secrets of embedded servers, where new ones would be made at every start.
    #[arg(long, conflicts_with = "landscape")]
    pub published: bool,
}

/// The arguments of `keygen`.
#[derive(Clone, Debug, Args)]
pub struct KeygenArguments {
    /// The folder to write `private-key.pem` and `certificate.pem` to.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The subject of the certificate.
    #[arg(long, value_name = "DN", default_value = "CN=tenantproof client")]
    pub subject: String,
    /// How many days it is valid.
    #[arg(long, value_name = "N", default_value_t = 365)]
    pub days: u32,
}
