"""run.py ROWS [--who WHO] FILE...: runs the queries over rows, and prints each answer as a line of JSON.

ROWS is a folder with one file of JSON lines per table, as the local ingestion endpoint gives them out. The queries run on DuckDB,
translated by duckdb-kql. That has no weighted percentile: where every row stands for itself the plain one is the same, and
where some do not this refuses. It names columns of `arg_max(x, a, b)` as they are, as KQL does.
"""

import argparse
import datetime
import json
import pathlib
import re
import sys

import duckdb
import duckdb_kql

TYPES = {"datetime": "TIMESTAMP", "string": "VARCHAR", "int": "BIGINT", "real": "DOUBLE", "bool": "BOOLEAN", "dynamic": "JSON"}
HERE = pathlib.Path(__file__).parent


def load(connection, rows):
    """Makes the tables. Returns whether each row stands for itself alone."""
    schema = json.loads((HERE / "schema.json").read_text())
    common = schema.pop("common")
    alone = True
    for table, own in schema.items():
        columns = common | own
        connection.execute(f"CREATE TABLE {table} (" + ", ".join(f'"{name}" {TYPES[kind]}' for name, kind in columns.items()) + ")")
        path = rows / f"{table}.jsonl"
        values = []
        for line in path.read_text().splitlines() if path.exists() else []:
            row = json.loads(line)
            if table != "AppMetrics":
                alone = alone and row["ItemCount"] == 1
            values.append([value(row.get(name), kind) for name, kind in columns.items()])
        if values:
            connection.executemany(f"INSERT INTO {table} VALUES (" + ", ".join("?" for _ in columns) + ")", values)
    return alone


def value(given, kind):
    if kind == "dynamic":
        return json.dumps(given or {})
    if kind == "datetime" and given:
        return datetime.datetime.fromisoformat(given.replace("Z", "+00:00")).astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return ("" if kind == "string" else None) if given is None else given


def translatable(text, alone):
    weighted = re.compile(r"percentilew\(([^,()]+),\s*ItemCount,\s*([^()]+)\)")
    if weighted.search(text) and not alone:
        sys.exit("a row stands for others: the plain percentile would be wrong")
    return weighted.sub(r"percentile(\1, \2)", text)


def shown(given):
    if isinstance(given, datetime.datetime):
        return given.isoformat()
    return given if isinstance(given, (int, float, str, bool, type(None))) else str(given)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("rows", type=pathlib.Path)
    arguments.add_argument("files", nargs="+", type=pathlib.Path)
    arguments.add_argument("--who")
    given = arguments.parse_args()
    connection = duckdb_kql.connect()
    connection.execute("SET TimeZone='UTC'")
    alone = load(connection, given.rows)
    for file in given.files:
        text = translatable(file.read_text(), alone)
        if given.who is not None:
            text = re.sub(r'(?m)^let who = ".*?";', lambda _: f'let who = "{given.who}";', text)
        answer = duckdb_kql.query(connection, text)
        names = [column[0] for column in answer.description]
        rows = [dict(zip(names, map(shown, row))) for row in answer.fetchall()]
        print(json.dumps({"query": file.stem, "columns": names, "rows": rows}))


main()
