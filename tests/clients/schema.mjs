// Checks a schema and prints what is wrong with it, one finding a line.
//
//   node schema.mjs <schema.graphql>
//   node schema.mjs --self-test
//
// The self-test breaks a sound schema in many ways, and expects each time to hear exactly the rules that forbid it.
import { deepEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isTypeDefinitionNode, parse, visit } from 'graphql';
import { breaches, sound } from './breaches.mjs';
import { findings, rules } from './rules.mjs';

function fail(reason) {
  console.error(`schema: ${reason}`);
  process.exit(1);
}

function count(sdl) {
  const document = parse(sdl);
  const counts = { types: 0, fields: 0, arguments: 0, 'input fields': 0, 'enum values': 0 };
  counts.types = document.definitions.filter(isTypeDefinitionNode).length;
  visit(document, {
    FieldDefinition(field) {
      counts.fields += 1;
      counts.arguments += field.arguments.length;
    },
    InputObjectTypeDefinition(type) {
      counts['input fields'] += type.fields.length;
    },
    EnumValueDefinition() {
      counts['enum values'] += 1;
    },
  });
  return counts;
}

function check(path) {
  const sdl = readFileSync(path, 'utf8');
  const found = findings(sdl);
  for (const { tool, rule, line, message } of found) console.log(`${path}:${line} ${message} (${tool}/${rule})`);
  if (found.length > 0) fail(`${found.length} findings`);
  const counts = Object.entries(count(sdl));
  const seen = counts.map(([kind, number]) => `${number} ${kind}`).join(', ');
  // This schema has something of every kind, so without any nothing was looked at.
  if (counts.some(([, number]) => number === 0)) fail(`looked at ${seen}`);
  console.log(`ok ${seen} keep ${rules.length} rules`);
}

function selfTest() {
  deepEqual(findings(sound), [], 'the sound schema is sound');
  const fired = new Set();
  for (const { fact, replace, by, breaks } of breaches) {
    if (sound.split(replace).length !== 2) fail(`${fact}: what is to be replaced is not there just once`);
    const heard = new Set(findings(sound.replace(replace, by)).map(({ rule }) => rule));
    deepEqual({ fact, heard: [...heard].sort() }, { fact, heard: breaks.sort() });
    heard.forEach((rule) => fired.add(rule));
  }
  const silent = rules.filter((rule) => !fired.has(rule));
  if (silent.length > 0) fail(`never fired: ${silent.join(', ')}`);
  console.log(`ok ${rules.length} rules fire on ${breaches.length} broken schemas`);
}

const [argument] = process.argv.slice(2);
if (!argument) fail('usage: node schema.mjs <schema.graphql> | --self-test');
if (argument === '--self-test') selfTest();
else check(argument);
