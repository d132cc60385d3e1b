// Says of documents and of values of variables what graphql-js thinks of them, one JSON object a line.
//
//   node verdicts.mjs documents <schema.graphql> <documents.json> <how many mutated ones>
//   node verdicts.mjs variables <schema.graphql> <variables.json>
//   node verdicts.mjs introspection
//
// The last writes the introspection query of development tools, with all that they may ask for. The mutated documents come from the given ones and from the playground's examples, always the same.
import { readFileSync, readdirSync } from 'node:fs';
import { GraphQLError, Lexer, Source, TokenKind, buildSchema, getIntrospectionQuery, getVariableValues, parse, validate } from 'graphql';

const [what, schemaPath, casesPath, mutated] = process.argv.slice(2);
if (what === 'introspection') {
  const all = ['descriptions', 'specifiedByUrl', 'directiveIsRepeatable', 'schemaDescription', 'inputValueDeprecation', 'oneOf'];
  process.stdout.write(getIntrospectionQuery(Object.fromEntries(all.map((option) => [option, true]))));
  process.exit();
}
const cases = JSON.parse(readFileSync(casesPath, 'utf8'));
// Values are tried at fields that the schema does not have: every variable has to be used.
const types = what === 'variables' ? [...new Set(cases.map(({ type }) => type))] : [];
const probes = types.map((type, nth) => ` probe${nth}(value: ${type}): Int`).join('');
const sdl = readFileSync(schemaPath, 'utf8') + (probes && `extend type Query {${probes} }\n`);
const schema = buildSchema(sdl);

// The schema's text does not say what these read.
function read(name, isRight) {
  schema.getType(name).parseValue = (value) => {
    if (typeof value !== 'string' || !isRight(value)) throw new GraphQLError(`no ${name}`);
    return value;
  };
  schema.getType(name).parseLiteral = (node) => {
    if (node.kind !== 'StringValue' || !isRight(node.value)) throw new GraphQLError(`no ${name}`);
    return node.value;
  };
}
read('DateTime', (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)));
read('Duration', (text) => /^P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/.test(text) && !/P3[1-9]D/.test(text));

function verdict(text) {
  try {
    const errors = validate(schema, parse(text));
    return { text, why: errors.map(({ message }) => message) };
  } catch (error) {
    return { text, why: [error.message] };
  }
}

// A small generator of numbers that everybody can repeat (mulberry32).
function dice(seed) {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * sides | 0;
  };
}

/** The tokens of a document as they were written, or nothing if it cannot be read. */
function tokens(text) {
  const lexer = new Lexer(new Source(text));
  const found = [];
  try {
    for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
      found.push(text.slice(token.start, token.end));
    }
  } catch {
    return [];
  }
  return found;
}

function mutate(seeds, count) {
  const roll = dice(6);
  // What is replaced by its like is more often right, or wrong in a finer way.
  const kind = (token) => (/^[_a-zA-Z]/.test(token) ? 'name' : /^["\d-]/.test(token) ? 'value' : 'punctuation');
  const all = [...new Set(seeds.flat())];
  const extra = ['$a', 'null', '1', '"x"', '{', '}', '(', ')', '[', ']', '!', ':', '=', '@', '...', 'on', 'fragment', 'query', '__typename', '@skip(if: true)'];
  const documents = new Set();
  while (documents.size < count) {
    const document = [...seeds[roll(seeds.length)]];
    for (let times = Math.max(1, roll(4)); times > 0; times -= 1) {
      const at = roll(document.length);
      const other = roll(document.length);
      switch (roll(14)) {
        case 0: document.splice(at, 1); break;
        case 1: document.splice(at, 0, document[at]); break;
        case 2: [document[at], document[other]] = [document[other], document[at]]; break;
        case 3: document[at] = all[roll(all.length)]; break;
        case 4: document.splice(at, 0, extra[roll(extra.length)]); break;
        case 5: document[at] = document[other]; break;
        default: {
          const others = (roll(2) ? document : all).filter((token) => kind(token) === kind(document[at]));
          document[at] = others[roll(others.length)];
        }
      }
      if (document.length === 0) document.push('{');
    }
    documents.add(document.join(' '));
  }
  return [...documents];
}

function documents() {
  const given = Object.values(cases).flat();
  const folder = new URL('../../playground/examples/', import.meta.url);
  const examples = readdirSync(folder).filter((name) => name.endsWith('.graphql')).sort();
  const texts = examples.map((name) => readFileSync(new URL(name, folder), 'utf8'));
  const long = texts.map(tokens);
  const short = given.map(tokens).filter((found) => found.length > 3);
  // As many mutations of the examples as of the others.
  const seeds = [...short, ...Array.from({ length: short.length }, (_, nth) => long[nth % long.length])];
  return [...texts, ...given, ...mutate(seeds, Number(mutated))];
}

function coerced({ type, default: otherwise, ...given }) {
  const text = `query($a: ${type}${otherwise === undefined ? '' : ` = ${otherwise}`}) { probe${types.indexOf(type)}(value: $a) }`;
  const [{ variableDefinitions }] = parse(text).definitions;
  const values = 'value' in given ? { a: given.value } : {};
  const { errors = [], coerced: value } = getVariableValues(schema, variableDefinitions, values);
  return { text, values, value, why: errors.map(({ message }) => message) };
}

// The first line is the schema.
const lines = [{ sdl }, ...(what === 'documents' ? documents().map(verdict) : cases.map(coerced))];
process.stdout.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
