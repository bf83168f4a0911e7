//! A throw-away PostgreSQL cluster for the tests.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::debian::{self, is_root, run};

/// Debian's package. Other systems: any PostgreSQL whose `initdb` and `pg_ctl` are on the path.
const PACKAGE: &str = "postgresql";

/// Account that PostgreSQL runs under where we are root, since it refuses to run as root.
const ACCOUNT: &str = "postgres";

/// A running cluster; dropping it stops and removes it.
#[derive(Debug)]
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Cluster {
    /// Finds or installs PostgreSQL, makes a cluster and starts it on a free loopback port.
    pub(crate) fn start() -> Result<Self> {
        let programs = find_or_install()?;
        let folder =
            std::env::temp_dir().join(format!("crossdock-postgres-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port();
        let cluster = Self {
            programs,
            folder,
            port,
        };
        if is_root() {
            run(Command::new("chown").arg(ACCOUNT).arg(&cluster.folder))?;
        }
        // Trust: the cluster listens on the loopback address, holds test data and lives for minutes.
        cluster.call(
            "initdb",
            &[
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
        )?;
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c fsync=off -c max_connections=200",
            cluster.folder.display()
        );
        let log = cluster.folder.join("log").display().to_string();
        cluster.call(
            "pg_ctl",
            &[
                "start",
                "--wait",
                "--silent",
                "--log",
                &log,
                "--options",
                &options,
            ],
        )?;
        crate::say(&format!(
            "PostgreSQL from {} runs on port {port}",
            cluster.programs.display()
        ));
        Ok(cluster)
    }

    /// URL of its database.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn call(&self, program: &str, arguments: &[&str]) -> Result<()> {
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid", ACCOUNT, "--regid", ACCOUNT, "--init-groups"])
                .arg(self.programs.join(program));
            command
        } else {
            Command::new(self.programs.join(program))
        };
        let data = self.folder.join("data");
        command
            .current_dir(&self.folder)
            .env("PGDATA", data)
            .args(arguments);
        run(&mut command)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.call("pg_ctl", &["stop", "--mode=immediate", "--silent"]) {
            eprintln!("the throw-away PostgreSQL cluster did not stop: {error:#}");
        }
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn find_or_install() -> Result<PathBuf> {
    if let Some(programs) = find() {
        return Ok(programs);
    }
    let elsewhere = "install it so that initdb is on the path";
    debian::install("PostgreSQL", &[PACKAGE], elsewhere)?;
    find().context("PostgreSQL was installed, but its initdb is not where Debian puts it")
}

/// The folder that holds `initdb`: Debian's newest version, else one of the path.
fn find() -> Option<PathBuf> {
    let mut debian: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    debian.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    debian
        .into_iter()
        .rev()
        .chain(std::env::split_paths(&path))
        .find(|folder| folder.join("initdb").is_file())
}
