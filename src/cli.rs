//! The command line.

use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::app::App;
use crate::graphql;
use crate::sandbox::{self, Sandbox};
use crate::settings::{Overrides, SettingError, Settings};
use crate::web::DataKind;

/// One GraphQL endpoint in front of a TrackingMore account.
///
/// Without a key it serves simulated parcels. With TRACKINGMORE_API_KEY in the environment or the settings file it serves
/// the account of that key.
#[derive(Parser)]
#[command(name = "parcelgraph", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
enum Command {
    /// Serve GraphQL; this is also what happens without a command
    Serve(Box<Options>),
    /// Print the settings in force, or what is wrong with them
    Check(Box<Options>),
    /// Print the schema in the schema definition language
    Schema,
    /// Serve simulated parcels in the form of TrackingMore's own API
    Sandbox(SandboxOptions),
}

#[derive(Args)]
struct Options {
    /// A settings file (TOML)
    #[arg(long, env = "PARCELGRAPH_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    overrides: Overrides,
}

#[derive(Args)]
struct SandboxOptions {
    /// Where to serve
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// The key that callers have to send
    #[arg(long, value_name = "KEY", default_value = "sandbox")]
    key: String,
    /// Simulated seconds per second; 0 stands still
    #[arg(long, value_name = "FACTOR", default_value_t = 60.0)]
    speed: f64,
}

/// Does what the command line says. Whatever goes wrong is told in one line.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default();
            eprintln!("{line} (see parcelgraph --help)");
            return ExitCode::from(2);
        }
        Err(help_or_version) => help_or_version.exit(),
    };
    let outcome = match cli.command {
        None => serve(cli.options),
        Some(Command::Serve(options)) => serve(*options),
        Some(Command::Check(options)) => check(*options),
        Some(Command::Schema) => {
            print!("{}", graphql::sdl());
            Ok(())
        }
        Some(Command::Sandbox(options)) => serve_sandbox(options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(lines)) => {
            for line in lines {
                eprintln!("error: {line}");
            }
            ExitCode::FAILURE
        }
    }
}

/// What goes wrong, one line each.
struct Failure(Vec<String>);

impl<E: Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(vec![error.to_string()])
    }
}

fn settings(options: Options) -> Result<Settings, Failure> {
    let file = match &options.config {
        Some(path) => Overrides::from_file(path)?,
        None => Overrides::default(),
    };
    let environment = Overrides {
        trackingmore_api_key: key_of_environment()?,
        ..Overrides::default()
    };
    let set = options.overrides.over(environment).over(file);
    Settings::resolve(&set)
        .map_err(|errors| Failure(errors.iter().map(SettingError::to_string).collect()))
}

fn key_of_environment() -> Result<Option<String>, Failure> {
    match env::var("TRACKINGMORE_API_KEY") {
        Ok(key) => Ok(Some(key)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => {
            Err(Failure(vec!["TRACKINGMORE_API_KEY is not text".to_owned()]))
        }
    }
}

fn check(options: Options) -> Result<(), Failure> {
    print!("{}", settings(options)?);
    Ok(())
}

fn serve(options: Options) -> Result<(), Failure> {
    let settings = settings(options)?;
    in_runtime(async {
        let app = App::open(&settings).await?;
        let address = app.address()?;
        println!("parcelgraph serves GraphQL at http://{address}/graphql");
        println!("playground: http://{address}/");
        match app.data() {
            DataKind::Simulated => println!(
                "The data is simulated. To serve your own account, set TRACKINGMORE_API_KEY and start again."
            ),
            DataKind::Live => println!("The data is that of the TrackingMore account of the key."),
        }
        Ok(app.serve(told_to_stop()).await?)
    })
}

fn serve_sandbox(options: SandboxOptions) -> Result<(), Failure> {
    in_runtime(async {
        let listen = options.listen;
        let sandbox = Sandbox::start(sandbox::Settings {
            listen,
            api_key: options.key,
            speed: options.speed,
            ..sandbox::Settings::default()
        })
        .await
        .map_err(|error| Failure(vec![format!("cannot listen on {listen}: {error}")]))?;
        println!("simulated TrackingMore API at {}", sandbox.base_url());
        println!(
            "its parcels are listed at http://{}/__parcels",
            sandbox.address()
        );
        told_to_stop().await;
        sandbox.stop();
        Ok(())
    })
}

fn in_runtime(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")),
        )
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Runtime::new()?;
    let outcome = runtime.block_on(work);
    // Work that does not come to an end must not keep the process alive.
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

/// Ready when the process is interrupted or asked to end.
async fn told_to_stop() {
    let interrupted = async {
        // Without the signal there is nothing to wait for but the other one.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => {
                tokio::select! { () = interrupted => {}, _ = terminated.recv() => {} }
            }
            Err(_) => interrupted.await,
        }
    }
    #[cfg(not(unix))]
    interrupted.await;
}
