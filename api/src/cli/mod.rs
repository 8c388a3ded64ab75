//! The command line.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is what talks to a terminal")]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::app::{App, Environment};
use crate::platform::audit::Anchor;
use crate::platform::config::{self, Config};
use crate::platform::{db, telemetry};

mod audit;
mod crypto;
mod doctor;
mod import;
mod reindex;
mod serve;
mod staff;

/// What a command says when it fails; printed once, at the end.
pub type CliResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// 消费品质量安全“进社区、进校园、进乡镇”公共服务
#[derive(Debug, Parser)]
#[command(name = "sanjin", version)]
pub struct Cli {
    /// Settings on top of the embedded defaults (TOML).
    #[arg(long, global = true, env = "SANJIN_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer HTTP requests and run jobs.
    Serve {
        /// Leave the jobs to `sanjin worker`.
        #[arg(long)]
        no_worker: bool,
    },
    /// Run jobs only.
    Worker,
    /// Bring the database schema up to date.
    Migrate,
    /// Read content into the database.
    #[command(subcommand)]
    Import(Import),
    /// Build the index of the search anew, beside the running service.
    Reindex,
    /// Manage members of staff.
    #[command(subcommand)]
    Staff(Staff),
    /// Look after the audit trail.
    #[command(subcommand)]
    Audit(Audit),
    /// Look after the keys of what is encrypted.
    #[command(subcommand)]
    Crypto(Crypto),
    /// Look at the settings.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Check that everything this process needs can be reached.
    Doctor,
}

#[derive(Debug, Subcommand)]
enum Import {
    /// Markdown files with front matter become published articles.
    Articles { folder: PathBuf },
}

#[derive(Debug, Subcommand)]
enum Staff {
    /// Make a member of staff, such as the first administrator.
    Create(CreateStaff),
}

#[derive(Debug, Args)]
struct CreateStaff {
    #[arg(long)]
    username: String,
    /// Shown to colleagues; the user name when absent.
    #[arg(long)]
    name: Option<String>,
    /// The code of a role, such as `system_admin`, `security_admin` or `auditor`.
    #[arg(long)]
    role: String,
    /// `country`, `region:<code>`, `lab:<id>` or `point:<id>`
    #[arg(long, default_value = "country")]
    scope: String,
    /// Read the password from the first line of standard input; otherwise one is made and shown.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// Look at every entry: is any missing, changed, forged or out of its place?
    Verify {
        /// A link that was written down elsewhere, `SEQ:LINK`: the chain must contain it.
        #[arg(long)]
        expect: Option<Anchor>,
        /// Seal first what no worker has sealed yet.
        #[arg(long)]
        seal: bool,
    },
}

#[derive(Debug, Subcommand)]
enum Crypto {
    /// Bring every encrypted field and index under the first key, beside the running service.
    Rotate {
        /// Do it here and now instead of asking a worker. It can be killed and called again.
        #[arg(long)]
        wait: bool,
    },
    /// Count what stands under which key: may an old one go?
    Status,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print what is in effect and where it came from, secrets redacted.
    Check,
}

/// Runs one command to its end.
pub async fn run(cli: Cli) -> ExitCode {
    match Box::pin(execute(cli)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sanjin: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn execute(cli: Cli) -> CliResult {
    let (config, effective) = config::load(cli.config.as_deref())?;
    if let Command::Config(ConfigCommand::Check) = cli.command {
        for setting in effective {
            println!("{} = {}  # {}", setting.key, setting.value, setting.source);
        }
        return Ok(());
    }
    telemetry::start(&config.log)?;
    match cli.command {
        Command::Serve { no_worker } => serve::serve(open(config).await?, !no_worker).await,
        Command::Worker => serve::work(open(config).await?).await,
        Command::Migrate => {
            db::migrate(&open(config).await?.db).await?;
            println!("the schema is up to date");
            Ok(())
        }
        Command::Import(Import::Articles { folder }) => {
            import::articles(&migrated(config).await?, &folder).await
        }
        Command::Reindex => reindex::run(&open(config).await?).await,
        Command::Staff(Staff::Create(input)) => {
            staff::create(&migrated(config).await?, input).await
        }
        Command::Audit(Audit::Verify { expect, seal }) => {
            audit::verify(&open(config).await?, expect.as_ref(), seal).await
        }
        Command::Crypto(Crypto::Rotate { wait }) => {
            crypto::rotate(&open(config).await?, wait).await
        }
        Command::Crypto(Crypto::Status) => crypto::status(&open(config).await?).await,
        Command::Doctor => doctor::examine(config).await,
        Command::Config(ConfigCommand::Check) => Ok(()),
    }
}

async fn open(config: Config) -> CliResult<App> {
    App::build(config, Environment::system()).await.map_err(|error| format!("{error:?}").into())
}

/// For commands that a first-time user may call before the server.
async fn migrated(config: Config) -> CliResult<App> {
    let app = open(config).await?;
    db::migrate(&app.db).await?;
    Ok(app)
}
