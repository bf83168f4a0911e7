// node check.js FILE...: every diagnostic of Microsoft's own Kusto language service, against the tables in schema.json.
// Ends with 1 where there is an error.
const fs = require('fs');
const path = require('path');
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');

const { Symbols, GlobalState, KustoCode, Diagnostic } = Kusto.Language;
const { common, ...own } = JSON.parse(fs.readFileSync(path.join(__dirname, 'schema.json'), 'utf8'));

const columns = (table) => Object.entries({ ...common, ...table }).map(([name, type]) => `${name}:${type}`).join(',');
const tables = Object.entries(own).map(([name, table]) => new Symbols.TableSymbol.$ctor7(name, `(${columns(table)})`, null));

// The service is compiled from C#, so constructors are numbered: the one that takes a name and members is looked for.
function workspace(members) {
  for (const key of Object.keys(Symbols.DatabaseSymbol).filter((key) => /^(ctor|\$ctor\d+)$/.test(key))) {
    try {
      const made = new Symbols.DatabaseSymbol[key]('workspace', members);
      const has = System.Linq.Enumerable.from(made.Members, Symbols.Symbol).count();
      if (made.Name === 'workspace' && has === members.length) return made;
    } catch { /* another constructor */ }
  }
  throw new Error('no constructor of a database takes a name and its tables');
}

const globals = GlobalState.Default.WithDatabase(workspace(tables));
for (const file of process.argv.slice(2)) {
  const text = fs.readFileSync(file, 'utf8');
  const code = KustoCode.ParseAndAnalyze(text, globals);
  const found = code.GetDiagnostics();
  for (let at = 0; at < System.Array.getCount(found, Diagnostic); at += 1) {
    const one = System.Array.getItem(found, at, Diagnostic);
    const before = text.slice(0, one.Start).split('\n');
    console.log(`${path.basename(file)}:${before.length}:${before[before.length - 1].length + 1}: ${one.Severity} ${one.Code} ${one.Message}`);
    if (String(one.Severity) === 'Error') process.exitCode = 1;
  }
}
