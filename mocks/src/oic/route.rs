//! The addresses of an instance, on both of its hosts (OIC-020, OIC-021, OIC-073, OIC-078 to OIC-081).

use crate::landscape::instance::Power;
use crate::oic::developer::listing_at;
use crate::rule::token::percent_decoded;

/// Which host of an instance is asked (OIC-004).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Its own, where integrations are called.
    Runtime,
    /// That of its region, where they are made.
    Design,
}

/// What is asked of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Call an integration.
    Run {
        /// The project in the path.
        project: Option<String>,
        /// Its code.
        code: String,
        /// Its version, as the path has it.
        version: String,
        /// The path behind it.
        path: String,
    },
    /// List integrations.
    Integrations {
        /// The project in the path.
        project: Option<String>,
    },
    /// Read or change an integration.
    Integration {
        /// The project in the path.
        project: Option<String>,
        /// Its id, decoded.
        id: String,
    },
    /// List connections.
    Connections {
        /// The project in the path.
        project: Option<String>,
    },
    /// Read or change a connection.
    Connection {
        /// The project in the path.
        project: Option<String>,
        /// Its id.
        id: String,
    },
    /// Test a connection.
    Test {
        /// The project in the path.
        project: Option<String>,
        /// The connection's id.
        id: String,
    },
    /// Read a list of something else (OIC-083).
    Listed {
        /// The path of the list.
        what: &'static str,
    },
    /// List the folders of the file server (OIC-084). Its address is assumed.
    Folders,
    /// A call of the API for developers at the instance's own host, which is sent on (OIC-005).
    SentOn,
    /// A developer goes to give consent for a connection (OIC-180).
    Consent,
    /// A person comes back from the domain with a code (OIC-181, OIC-182).
    Callback,
    /// Nothing that is served.
    Nowhere,
}

/// The first part of every address of the API for developers.
const DEVELOPER: &str = "/ic/api/integration/v1/";
/// Where the file server lists its folders.
const FOLDERS: &str = "/ic/api/fileserver/v1/folders";

impl Route {
    /// The route of a path at a host.
    pub fn of(place: Place, path: &str) -> Self {
        match place {
            Place::Runtime => Self::at_runtime(path),
            Place::Design if path == FOLDERS => Self::Folders,
            Place::Design => path.strip_prefix(DEVELOPER).map_or(Self::Nowhere, Self::of_developers),
        }
    }

    fn at_runtime(path: &str) -> Self {
        if matches!(path, "/icsapis/agent/oauth/callback" | "/ic/pub/oauth2callback") {
            return Self::Callback;
        }
        if path == "/icsapis/agent/oauth/consent" {
            return Self::Consent;
        }
        let Some(rest) = path.strip_prefix("/ic/api/integration/") else {
            return Self::Nowhere;
        };
        let parts: Vec<&str> = rest.split('/').collect();
        let run = |project: Option<&str>, code: &str, version: &str, path: &[&str]| Self::Run {
            project: project.map(str::to_owned),
            code: code.to_owned(),
            version: version.to_owned(),
            path: path.join("/"),
        };
        match parts.as_slice() {
            ["v2", "flows", "rest", "project", project, code, version, path @ ..] => {
                run(Some(project), code, version, path)
            }
            ["v1", "flows", "rest", code, version, path @ ..] if *code != "project" => run(None, code, version, path),
            [
                "v1",
                "integrations" | "connections" | "projects" | "packages" | "lookups" | "monitoring",
                ..,
            ] => Self::SentOn,
            _ => Self::Nowhere,
        }
    }

    fn of_developers(rest: &str) -> Self {
        let parts: Vec<&str> = rest.split('/').collect();
        let (project, parts) = match parts.as_slice() {
            ["projects", project, rest @ ..] => (Some((*project).to_owned()), rest),
            rest => (None, rest),
        };
        match parts {
            ["integrations"] => Self::Integrations { project },
            // An id with a bare pipe is no path that a careful server reads (OIC-076).
            ["integrations", id] if !id.contains('|') => Self::Integration {
                project,
                id: percent_decoded(id),
            },
            ["connections"] => Self::Connections { project },
            ["connections", id] => Self::Connection {
                project,
                id: percent_decoded(id),
            },
            ["connections", id, "test"] => Self::Test {
                project,
                id: percent_decoded(id),
            },
            parts if project.is_none() => listing_at(parts).map_or(Self::Nowhere, |what| Self::Listed { what }),
            _ => Self::Nowhere,
        }
    }

    /// The methods that it takes; those of an integration that is called are the integration's own.
    pub fn methods(&self) -> &'static [&'static str] {
        match self {
            Self::Integrations { .. }
            | Self::Connections { .. }
            | Self::Listed { .. }
            | Self::Folders
            | Self::Consent
            | Self::Callback => &["GET"],
            Self::Integration { .. } | Self::Connection { .. } => &["GET", "POST"],
            Self::Test { .. } => &["POST"],
            Self::Run { .. } | Self::SentOn | Self::Nowhere => &[],
        }
    }

    /// Whether it belongs to the API for developers.
    pub fn is_for_developers(&self) -> bool {
        matches!(
            self,
            Self::Integrations { .. }
                | Self::Integration { .. }
                | Self::Connections { .. }
                | Self::Connection { .. }
                | Self::Test { .. }
                | Self::Listed { .. }
                | Self::Folders
                | Self::Consent
        )
    }

    /// The power that it wants under this method.
    pub fn power(&self, method: &str) -> Option<Power> {
        match self {
            Self::Run { .. } => Some(Power::Run),
            Self::Test { .. } => Some(Power::Test),
            Self::Consent => Some(Power::Change),
            Self::Integration { .. } | Self::Connection { .. } if method == "POST" => Some(Power::Change),
            Self::Integrations { .. }
            | Self::Integration { .. }
            | Self::Connections { .. }
            | Self::Connection { .. }
            | Self::Listed { .. }
            | Self::Folders => Some(Power::View),
            Self::SentOn | Self::Callback | Self::Nowhere => None,
        }
    }

    /// The name that the journal shows.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Run { .. } => "flow",
            Self::Integrations { .. } => "integrations",
            Self::Integration { .. } => "integration",
            Self::Connections { .. } => "connections",
            Self::Connection { .. } => "connection",
            Self::Test { .. } => "connection test",
            Self::Listed { what } => what,
            Self::Folders => "file server",
            Self::SentOn => "sent on",
            Self::Consent => "consent",
            Self::Callback => "callback",
            Self::Nowhere => "nowhere",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_are_called_at_version_two_and_made_at_version_one() {
        let run = |path| Route::of(Place::Runtime, path);
        assert!(matches!(
            run("/ic/api/integration/v2/flows/rest/project/P/HELLO/1.0/greeting"),
            Route::Run { project: Some(_), .. }
        ));
        assert_eq!(
            run("/ic/api/integration/v1/flows/rest/project/P/HELLO/1.0/greeting"),
            Route::Nowhere
        );
        assert_eq!(
            run("/ic/api/integration/v2/flows/rest/HELLO/1.0/greeting"),
            Route::Nowhere
        );
        assert!(matches!(
            Route::of(Place::Design, "/ic/api/integration/v1/projects/P/connections/C/test"),
            Route::Test { project: Some(_), .. }
        ));
    }

    #[test]
    fn the_pipe_of_an_id_must_be_encoded() {
        let of = |path| Route::of(Place::Design, path);
        assert_eq!(
            of("/ic/api/integration/v1/integrations/HELLO%7C01.00.0000"),
            Route::Integration {
                project: None,
                id: "HELLO|01.00.0000".to_owned()
            }
        );
        assert_eq!(
            of("/ic/api/integration/v1/integrations/HELLO|01.00.0000"),
            Route::Nowhere
        );
    }
}
