// Documents in which fields are asked for several times, and what graphql-js answers to them.
//
//   node repeated.mjs make <schema.graphql> <how many>     one JSON object a line: text, variables
//   node repeated.mjs compare <schema.graphql> <file>      of such lines with another text, other: those with other answers
import { readFileSync } from 'node:fs';
import {
  buildSchema, executeSync, getNamedType, getNullableType, isAbstractType, isCompositeType, isEnumType, isInputObjectType,
  isListType, isNonNullType, isRequiredArgument, parse, validate,
} from 'graphql';

const [what, schemaPath, more] = process.argv.slice(2);
const schema = buildSchema(readFileSync(schemaPath, 'utf8'));

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

const roll = dice(11);
const one = (of) => of[roll(of.length)];

/** A value of a type, always the same. */
function literal(type) {
  if (isNonNullType(type)) return literal(type.ofType);
  if (isListType(type)) return `[${literal(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0].name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    const given = type.isOneOf ? fields.slice(0, 1) : fields.filter(({ type }) => isNonNullType(type));
    return `{${given.map(({ name, type }) => `${name}: ${literal(type)}`).join(', ')}}`;
  }
  const values = { Int: '1', Float: '1.5', Boolean: 'true', Duration: '"PT1H"', DateTime: '"2020-01-01T00:00:00Z"', _Any: '{__typename: "Tracking"}' };
  return values[type.name] ?? '"a"';
}

/** One document: few fields of each type, so that most of them come several times. */
function document() {
  const fields = new Map();
  const fragments = [];
  const fieldsOf = (type) => {
    if (!fields.has(type)) {
      const all = Object.values(type.getFields?.() ?? {});
      const composite = all.filter((field) => isCompositeType(getNamedType(field.type)));
      const few = [one(all), one(all), one(composite), one(composite)];
      fields.set(type, few.filter(Boolean));
    }
    return fields.get(type);
  };
  const condition = () => (roll(4) ? '' : one([' @skip(if: $a)', ' @include(if: $a)', ' @skip(if: $b)', ' @include(if: $b)', ' @skip(if: true)', ' @include(if: true)']));
  const overlapping = (type) => {
    const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
    return [type, ...possible, ...possible.flatMap((object) => object.getInterfaces())];
  };
  const set = (type, depth) => `{ ${Array.from({ length: 1 + roll(4) }, () => selection(type, depth)).join(' ')} }`;
  const selection = (type, depth) => {
    switch (depth > 0 ? roll(9) : 8) {
      case 0: return `... on ${one(overlapping(type)).name}${condition()} ${set(type, depth - 1)}`;
      case 1: return `...${condition()} ${set(type, depth - 1)}`;
      case 2: {
        const name = `f${fragments.length}`;
        fragments.push({ type, name, text: '' });
        const own = fragments.at(-1);
        own.text = `fragment ${name} on ${type.name} ${set(type, depth - 1)}`;
        return `...${name}${condition()}`;
      }
      case 3: {
        const known = fragments.filter((fragment) => fragment.text && fragment.type === type);
        if (known.length > 0) return `...${one(known).name}${condition()}`;
      }
      // falls through
      default: {
        const field = roll(6) && one(fieldsOf(type));
        if (!field) return `__typename${condition()}`;
        const given = field.args.filter(isRequiredArgument).map((arg) => `${arg.name}: ${literal(arg.type)}`);
        const named = getNamedType(field.type);
        if (isCompositeType(named) && depth <= 0) return '__typename';
        const alias = roll(5) ? '' : `x_${field.name}: `;
        const below = isCompositeType(named) ? ` ${set(named, depth - 1)}` : '';
        return `${alias}${field.name}${given.length > 0 ? `(${given.join(', ')})` : ''}${condition()}${below}`;
      }
    }
  };
  const root = roll(4) ? ['query', schema.getQueryType()] : ['mutation', schema.getMutationType()];
  const body = set(root[1], 6);
  const declared = ['a', 'b'].filter((name) => `${body}${fragments.map(({ text }) => text)}`.includes(`$${name}`));
  const variables = declared.length > 0 ? `(${declared.map((name) => `$${name}: Boolean!`).join(', ')})` : '';
  return {
    text: `${root[0]}${variables} ${body} ${fragments.map(({ text }) => text).join(' ')}`,
    variables: Object.fromEntries(declared.map((name) => [name, roll(2) === 1])),
  };
}

/** Something for every field, always the same. */
function value(type, name, nth = 0) {
  const wanted = getNullableType(type);
  if (isListType(wanted)) return [0, 1, 2].map((entry) => value(wanted.ofType, name, entry));
  if (isAbstractType(wanted)) {
    const possible = schema.getPossibleTypes(wanted);
    return { __typename: possible[nth % possible.length].name };
  }
  if (isCompositeType(wanted)) return {};
  if (isEnumType(wanted)) return wanted.getValues()[0].value;
  return { Int: nth, Float: nth, Boolean: true }[wanted.name] ?? `${name}${nth}`;
}

function answer(text, variableValues) {
  const fieldResolver = (source, args, context, { fieldName, returnType, parentType }) => value(returnType, `${parentType.name}.${fieldName}(${JSON.stringify(args)})`);
  return JSON.stringify(executeSync({ schema, document: parse(text), variableValues, rootValue: {}, fieldResolver }));
}

if (what === 'make') {
  const made = new Map();
  while (made.size < Number(more)) {
    const one = document();
    if (one.text.length < 4000 && validate(schema, parse(one.text)).length === 0) made.set(one.text, one);
  }
  process.stdout.write([...made.values()].map((line) => `${JSON.stringify(line)}\n`).join(''));
} else {
  const lines = readFileSync(more, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  let keys = 0;
  for (const { text, other, variables } of lines) {
    const [expected, found] = [text, other].map((document) => answer(document, variables));
    keys += expected.split('":').length - 1;
    if (expected !== found) console.log(JSON.stringify({ text, other, variables, expected, found }).slice(0, 2000));
  }
  console.log(`compared ${lines.length} answers with ${keys} keys`);
}
