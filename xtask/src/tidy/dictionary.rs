//! The data dictionary: what analysts read about tables and views, from the comments of the migrations.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    fs,
    path::Path,
};

use anyhow::{Context as _, Result};

use super::{Findings, files, has_extension, read};

/// The page. What stands before [`BEGIN`] is written by hand.
const PAGE: &str = "docs/reporting.md";
const BEGIN: &str =
    "<!-- from here on made by `cargo xtask dictionary` from the comments of the migrations -->\n";
/// Where the comments are that a database shows.
const MIGRATIONS: &str = "crates/reporting/migrations/postgres";
/// How the lineage columns are told once instead of with every table.
const LINEAGE: [&str; 10] = [
    "record_key",
    "version",
    "content_hash",
    "document_id",
    "correlation_id",
    "source_modified_at",
    "applied_at",
    "dq",
    "tombstone",
    "source",
];

/// A table or a view.
#[derive(Debug, Default)]
struct Relation {
    is_view: bool,
    comment: Option<String>,
    columns: Vec<Column>,
    key: Vec<String>,
}

#[derive(Debug, Default)]
struct Column {
    name: String,
    /// Empty for a column of a view.
    kind: String,
    is_nullable: bool,
    comment: Option<String>,
}

type Relations = BTreeMap<String, Relation>;

/// Whether the page is what the migrations say, and whether they say something about everything.
pub(super) fn check(root: &Path) -> Result<Findings> {
    let relations = relations(root)?;
    let mut findings = silent(&relations);
    let page = read(&root.join(PAGE)).unwrap_or_default();
    let current = page.split_once(BEGIN).map(|(_, made)| made);
    if current != Some(text(&relations)?.as_str()) {
        findings.push(format!(
            "{PAGE} is not what the migrations say; `cargo xtask dictionary` writes it"
        ));
    }
    Ok(findings)
}

/// Writes the page anew, up to what is written by hand.
pub(crate) fn write(root: &Path) -> Result<()> {
    let path = root.join(PAGE);
    let page = read(&path)?;
    let (by_hand, _) = page
        .split_once(BEGIN)
        .with_context(|| format!("{PAGE} has no line {BEGIN:?}"))?;
    let page = format!("{by_hand}{BEGIN}{}", text(&relations(root)?)?);
    fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))
}

fn relations(root: &Path) -> Result<Relations> {
    let mut relations = Relations::new();
    for path in files(&root.join(MIGRATIONS), |path| has_extension(path, "sql"))? {
        read_migration(&read(&path)?, &mut relations);
    }
    Ok(relations)
}

/// Tables and views without a word, and columns of tables without one. A view over one table has that table's columns.
fn silent(relations: &Relations) -> Findings {
    let mut findings = Findings::new();
    for (name, relation) in relations {
        if relation.comment.is_none() {
            findings.push(format!("{MIGRATIONS}: {name} has no comment"));
        }
        let silent = relation
            .columns
            .iter()
            .filter(|column| column.comment.is_none());
        findings.extend(
            silent.map(|column| format!("{MIGRATIONS}: {name}.{} has no comment", column.name)),
        );
    }
    findings
}

fn read_migration(sql: &str, relations: &mut Relations) {
    let mut table: Option<String> = None;
    for line in sql.lines() {
        if let Some(name) = &table {
            let name = name.clone();
            if line.starts_with(')') {
                table = None;
            } else {
                read_column(line.trim(), relations.entry(name).or_default());
            }
        } else if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
            let name = rest.split([' ', '(']).next().unwrap_or_default();
            relations.entry(name.to_owned()).or_default();
            table = rest.trim_end().ends_with('(').then(|| name.to_owned());
        } else if let Some(rest) = line
            .strip_prefix("CREATE VIEW ")
            .or_else(|| line.strip_prefix("CREATE OR REPLACE VIEW "))
        {
            let name = rest.split(' ').next().unwrap_or_default();
            relations.entry(name.to_owned()).or_default().is_view = true;
        } else if let Some((name, column)) = line
            .strip_prefix("ALTER TABLE ")
            .and_then(|rest| rest.split_once(" ADD COLUMN "))
        {
            let relation = relations.entry(name.to_owned()).or_default();
            read_column(column.trim_end_matches(';'), relation);
        } else if let Some(rest) = line.strip_prefix("COMMENT ON ") {
            read_comment(rest, relations);
        }
    }
}

fn read_column(line: &str, relation: &mut Relation) {
    if let Some(key) = line.strip_prefix("PRIMARY KEY (") {
        let key = key.trim_end_matches([',', ')']);
        relation.key = key.split(", ").map(str::to_owned).collect();
        return;
    }
    let is_column = line.starts_with(|c: char| c.is_ascii_lowercase());
    let Some((name, rest)) = line.split_once(' ').filter(|_| is_column) else {
        return;
    };
    if rest.contains("PRIMARY KEY") {
        relation.key = vec![name.to_owned()];
    }
    let rest = rest.trim_end_matches(',').replace(" COLLATE \"C\"", "");
    let words = [
        " NOT NULL",
        " GENERATED",
        " PRIMARY KEY",
        " CHECK",
        " DEFAULT",
    ];
    let end = words.iter().filter_map(|word| rest.find(word)).min();
    relation.columns.push(Column {
        name: name.to_owned(),
        kind: rest[..end.unwrap_or(rest.len())].to_owned(),
        is_nullable: !rest.contains("NOT NULL") && !rest.contains("PRIMARY KEY"),
        comment: None,
    });
}

/// `TABLE rpt_order IS '…';` and `COLUMN rpt_order.company IS '…';`
fn read_comment(rest: &str, relations: &mut Relations) {
    let Some((about, comment)) = rest.split_once(" IS '") else {
        return;
    };
    let comment = comment.trim_end().trim_end_matches("';").replace("''", "'");
    let Some((what, name)) = about.split_once(' ') else {
        return;
    };
    match (what, name.split_once('.')) {
        ("COLUMN", Some((relation, column))) => {
            let relation = relations.entry(relation.to_owned()).or_default();
            let known = relation
                .columns
                .iter_mut()
                .find(|known| known.name == column);
            match known {
                Some(known) => known.comment = Some(comment),
                None => relation.columns.push(Column {
                    name: column.to_owned(),
                    comment: Some(comment),
                    ..Column::default()
                }),
            }
        }
        _ => relations.entry(name.to_owned()).or_default().comment = Some(comment),
    }
}

fn text(relations: &Relations) -> Result<String, fmt::Error> {
    let mut text = String::new();
    for (title, is_view, prefix) in [
        ("Views", true, "v_"),
        ("Tables", false, "rpt_"),
        ("Tables that analysts set", false, "ref_"),
    ] {
        write!(text, "\n## {title}\n")?;
        let of_kind = relations
            .iter()
            .filter(|(name, relation)| relation.is_view == is_view && name.starts_with(prefix));
        for (name, relation) in of_kind {
            section(&mut text, name, relation)?;
        }
    }
    Ok(text)
}

fn section(text: &mut String, name: &str, relation: &Relation) -> fmt::Result {
    let comment = relation.comment.as_deref().unwrap_or_default();
    write!(text, "\n### `{name}`\n{comment}\n")?;
    if !relation.key.is_empty() {
        write!(text, "\nKey: `{}`.\n", relation.key.join("`, `"))?;
    }
    let has_lineage = |column: &Column| LINEAGE.contains(&column.name.as_str());
    let is_record = relation
        .columns
        .iter()
        .filter(|column| has_lineage(column))
        .count()
        == LINEAGE.len();
    let shown: Vec<&Column> = relation
        .columns
        .iter()
        .filter(|column| !is_record || !has_lineage(column))
        .collect();
    if shown.is_empty() {
        return Ok(());
    }
    text.push_str(if relation.is_view {
        "\n| column | meaning |\n|---|---|\n"
    } else {
        "\n| column | type | meaning |\n|---|---|---|\n"
    });
    for column in shown {
        let meaning = column
            .comment
            .as_deref()
            .unwrap_or_default()
            .replace('|', "\\|");
        if relation.is_view {
            writeln!(text, "| `{}` | {meaning} |", column.name)?;
        } else {
            let null = if column.is_nullable { ", null" } else { "" };
            writeln!(
                text,
                "| `{}` | {}{null} | {meaning} |",
                column.name, column.kind
            )?;
        }
    }
    if is_record {
        text.push_str("| … | | the columns of lineage, see above |\n");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIGRATION: &str = "CREATE TABLE rpt_thing (\n    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    name text COLLATE \"C\" NOT NULL,\n    share numeric(3, 2) CHECK (share > 0),\n    CHECK (name <> '')\n);\nCOMMENT ON TABLE rpt_thing IS 'A thing''s row.';\nCOMMENT ON COLUMN rpt_thing.name IS 'Its name.';\nALTER TABLE rpt_thing ADD COLUMN said_at timestamptz;\n";

    #[test]
    fn what_has_no_comment_is_found() {
        let mut relations = Relations::new();
        read_migration(MIGRATION, &mut relations);
        let silent = silent(&relations).join(" ");
        for column in ["number", "share", "said_at"] {
            assert!(
                silent.contains(&format!("rpt_thing.{column} has")),
                "{silent}"
            );
        }
        assert!(!silent.contains(".name"), "{silent}");
        assert!(!silent.contains("CHECK"), "{silent}");
    }

    #[test]
    fn a_table_is_told_with_key_types_and_comments() {
        let mut relations = Relations::new();
        read_migration(MIGRATION, &mut relations);
        let text = text(&relations).unwrap();
        assert!(
            text.contains("### `rpt_thing`\nA thing's row.\n\nKey: `number`."),
            "{text}"
        );
        assert!(text.contains("| `name` | text | Its name. |"), "{text}");
        assert!(
            text.contains("| `share` | numeric(3, 2), null |  |"),
            "{text}"
        );
    }
}
