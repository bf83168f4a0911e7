//! Which cell of a row belongs to which column.

use crate::{file_error::FileError, header::Header, schema::Schema, title::normalized};

/// The columns of one file.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Cell of each column of the schema, where the file has it.
    pub(crate) cells: Vec<Option<usize>>,
    /// Cells that no column of the schema claims.
    pub(crate) extras: Vec<usize>,
    /// Titles as they stand in the file.
    pub(crate) titles: Vec<String>,
}

impl Layout {
    /// Lays the schema over a header.
    pub(crate) fn new(schema: &Schema, header: &Header) -> Result<Self, FileError> {
        let mut cells = vec![None; schema.columns.len()];
        let mut extras = Vec::new();
        for (cell, title) in header.titles.iter().enumerate() {
            let Some(column) = column_of(schema, header.by_position, cell, title) else {
                extras.push(cell);
                continue;
            };
            if let Some(first) = cells[column].replace(cell) {
                let title_of = |cell: usize| header.titles.get(cell).cloned().unwrap_or_default();
                let column = schema.columns[column].name.to_string();
                return Err(FileError::AmbiguousColumn {
                    column,
                    first: title_of(first),
                    second: title.clone(),
                });
            }
        }
        Ok(Self {
            cells,
            extras,
            titles: header.titles.clone(),
        })
    }
}

fn column_of(schema: &Schema, by_position: bool, cell: usize, title: &str) -> Option<usize> {
    if by_position {
        return (cell < schema.columns.len()).then_some(cell);
    }
    let wanted = normalized(title);
    if wanted.is_empty() {
        return None;
    }
    schema.columns.iter().position(|column| {
        column
            .titles
            .iter()
            .any(|title| normalized(title) == wanted)
    })
}

/// Columns of the schema that a line of titles has, each counted once, and the required ones that it has not.
pub(crate) fn matches<'s>(schema: &'s Schema, titles: &[String]) -> (usize, Vec<&'s str>) {
    let known: Vec<Option<usize>> = titles
        .iter()
        .map(|title| column_of(schema, false, 0, title))
        .collect();
    let has = |index: usize| known.contains(&Some(index));
    let found = (0..schema.columns.len())
        .filter(|&index| has(index))
        .count();
    let required = schema
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.required);
    let missing = required
        .filter(|&(index, _)| !has(index))
        .map(|(_, column)| &*column.name)
        .collect();
    (found, missing)
}
