//! The queries of `infra/`, checked by Microsoft's language service and run on `DuckDB`.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// Tables that queries ask for.
pub const TABLES: [&str; 6] = [
    "AppRequests",
    "AppDependencies",
    "AppTraces",
    "AppExceptions",
    "AppEvents",
    "AppMetrics",
];

/// The tools, installed below `target/` once.
#[derive(Debug)]
pub struct Kql {
    root: PathBuf,
    tools: PathBuf,
}

impl Kql {
    /// The tools, if they are there or can be had; else says why the test is skipped.
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub fn install(test: &str) -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let kql = Self {
            tools: root.join("target/tools/kql"),
            root,
        };
        match kql.installed() {
            Ok(()) => Some(kql),
            Err(error) => {
                eprintln!("{test} is skipped: the tools for queries cannot be had: {error:#}");
                None
            }
        }
    }

    fn installed(&self) -> Result<()> {
        let check = self.check_folder();
        std::fs::create_dir_all(&self.tools)?;
        if !self
            .tools
            .join("node_modules/@kusto/language-service-next")
            .exists()
        {
            std::fs::copy(check.join("package.json"), self.tools.join("package.json"))?;
            let npm = Command::new("npm")
                .args(["install", "--no-audit", "--no-fund"])
                .current_dir(&self.tools)
                .output();
            good(&npm.context("npm")?)?;
        }
        if !self.tools.join("venv/installed").exists() {
            let venv = Command::new("python3")
                .args(["-m", "venv"])
                .arg(self.tools.join("venv"))
                .output();
            good(&venv.context("python3")?)?;
            let pip = Command::new(self.tools.join("venv/bin/pip"))
                .args(["install", "--quiet", "--requirement"])
                .arg(check.join("requirements.txt"))
                .output();
            good(&pip.context("pip")?)?;
            std::fs::write(self.tools.join("venv/installed"), "")?;
        }
        Ok(())
    }

    fn check_folder(&self) -> PathBuf {
        self.root.join("infra/queries/check")
    }

    /// Every `.kql` file of a folder of `infra/`, sorted.
    pub fn files(&self, folder: &str) -> Result<Vec<PathBuf>> {
        let entries = std::fs::read_dir(self.root.join("infra").join(folder))?;
        let mut files: Vec<PathBuf> = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_>>()?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "kql"));
        files.sort();
        Ok(files)
    }

    /// What the language service finds wrong; empty where nothing is.
    pub fn diagnostics(&self, files: &[PathBuf]) -> Result<String> {
        let node = Command::new("node")
            .arg(self.check_folder().join("check.js"))
            .args(files)
            .env("NODE_PATH", self.tools.join("node_modules"))
            .output()
            .context("node")?;
        ensure!(
            node.stderr.is_empty(),
            "{}",
            String::from_utf8_lossy(&node.stderr)
        );
        Ok(String::from_utf8_lossy(&node.stdout).into_owned())
    }

    /// The answers of queries over the rows in a folder, one after the other. `who` is whom the end-to-end query asks for.
    pub fn run(
        &self,
        rows: &Path,
        who: Option<&str>,
        files: &[PathBuf],
    ) -> Result<Vec<Vec<Value>>> {
        let mut python = Command::new(self.tools.join("venv/bin/python"));
        python
            .arg(self.check_folder().join("run.py"))
            .arg(rows)
            .args(files);
        if let Some(who) = who {
            python.args(["--who", who]);
        }
        let said = good(&python.output().context("python")?)?;
        said.lines()
            .map(|line| {
                let answer: Value = serde_json::from_str(line)?;
                let rows = answer["rows"].as_array().context("an answer has rows")?;
                Ok(rows.clone())
            })
            .collect()
    }

    /// One query's answer.
    pub fn answer(&self, rows: &Path, query: &str, who: Option<&str>) -> Result<Vec<Value>> {
        let file = self.root.join("infra").join(query);
        let answers = self.run(rows, who, &[file])?;
        answers
            .into_iter()
            .next()
            .context("one query has one answer")
    }
}

/// Stores what an ingestion endpoint has taken as files of rows.
pub async fn store_rows(endpoint: &str, folder: &Path) -> Result<()> {
    for table in TABLES {
        let rows = reqwest::get(format!("{endpoint}/tables/{table}"))
            .await?
            .text()
            .await?;
        std::fs::write(folder.join(format!("{table}.jsonl")), rows)?;
    }
    Ok(())
}

fn good(output: &Output) -> Result<String> {
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{}: {}",
        output.status,
        errors.trim()
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
