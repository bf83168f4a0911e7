//! Rules of the workflows that their linter does not have.

use std::path::Path;

use anyhow::Result;

use super::{Findings, files, has_extension, read, relative};

/// What `cargo xtask test` does is what the workflow does, through the same script.
const CI: (&str, &str) = (".github/workflows/ci.yml", "run: .ci/run");

pub(super) fn check(root: &Path) -> Result<Findings> {
    let mut findings = Findings::new();
    let workflows = files(&root.join(".github/workflows"), |path| {
        has_extension(path, "yml")
    })?;
    for path in workflows {
        let text = read(&path)?;
        let shown = relative(root, &path).to_string();
        let file = check_workflow(&text);
        findings.extend(file.into_iter().map(|finding| format!("{shown}{finding}")));
    }
    let (ci, runs) = CI;
    if !read(&root.join(ci))?.contains(runs) {
        findings.push(format!("{ci} does not `{runs}`"));
    }
    Ok(findings)
}

/// Findings that begin with `:line: `.
fn check_workflow(text: &str) -> Findings {
    let mut findings = Findings::new();
    if !text.lines().any(|line| line == "permissions: {}") {
        findings.push(": a workflow has `permissions: {}`, and each job what it needs".to_owned());
    }
    for (number, line) in (1..).zip(text.lines()) {
        let action = line
            .trim_start()
            .trim_start_matches("- ")
            .strip_prefix("uses: ");
        if action.is_some_and(|action| !is_pinned(action)) {
            findings.push(format!(":{number}: an action is pinned by the id of a commit, with its version as a comment"));
        }
    }
    for (number, job) in jobs(text) {
        for needed in ["    timeout-minutes: ", "    permissions:"] {
            if !job.iter().any(|line| line.starts_with(needed)) {
                findings.push(format!(":{number}: a job has {}", needed.trim()));
            }
        }
    }
    findings
}

/// `owner/name@<40 hex digits> # version`.
fn is_pinned(action: &str) -> bool {
    let Some((reference, version)) = action.split_once(" # ") else {
        return false;
    };
    let commit = reference.split_once('@').map_or("", |(_, commit)| commit);
    let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_commit && version.starts_with('v')
}

/// Each job with the number of its first line.
fn jobs(text: &str) -> Vec<(usize, Vec<&str>)> {
    let mut jobs: Vec<(usize, Vec<&str>)> = Vec::new();
    let lines = (1..)
        .zip(text.lines())
        .skip_while(|(_, line)| *line != "jobs:");
    for (number, line) in lines.skip(1) {
        let is_name =
            line.starts_with("  ") && line[2..].starts_with(|c: char| c.is_ascii_lowercase());
        match jobs.last_mut() {
            _ if is_name => jobs.push((number, Vec::new())),
            Some((_, job)) => job.push(line),
            None => {}
        }
    }
    jobs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_workflow_lacks_is_found() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let good = format!(
            "permissions: {{}}\njobs:\n  a:\n    timeout-minutes: 1\n    permissions:\n      contents: read\n    steps:\n      - uses: actions/checkout@{commit} # v4.2.2\n"
        );
        assert_eq!(check_workflow(&good), Findings::new());
        let bad = "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n  b:\n    timeout-minutes: 1\n    permissions: {}\n";
        assert_eq!(
            check_workflow(bad),
            [
                ": a workflow has `permissions: {}`, and each job what it needs",
                ":4: an action is pinned by the id of a commit, with its version as a comment",
                ":2: a job has timeout-minutes:",
                ":2: a job has permissions:",
            ]
        );
    }
}
