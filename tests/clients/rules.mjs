// What is asked of the schema, as graphql-js and two linters check it.
import plugin from '@graphql-eslint/eslint-plugin';
import { Linter } from 'eslint';
import { buildSchema, specifiedDirectives, validateSchema } from 'graphql';
import { configuration, validator } from 'graphql-schema-linter';

// Otherwise the plugin judges every schema by what it remembers of the first one.
process.env.NODE_ENV = 'test';

/** Whether it is a schema at all. */
function graphqlJs(sdl) {
  const tool = 'graphql-js';
  const finding = (rule, { message, locations }) => ({ tool, rule, line: locations?.[0].line ?? 1, message });
  try {
    return validateSchema(buildSchema(sdl)).map((error) => finding('validateSchema', error));
  } catch (error) {
    return [finding('buildSchema', error)];
  }
}

const { 'schema-relay': relay, 'schema-recommended': recommended } = plugin.configs;
const undescribed = [...specifiedDirectives.map(({ name }) => name), 'requiresScopes'].join('|');

// The Relay rules are as strict as they come, but for one option that the plugin itself calls optional: it forbids every list
// that is not one of edges, and so even `nodes(ids:)`, which Relay wants. Of the plugin's other rules these are left out: an id in every object
// (strict-id-in-types), a Query in every payload (require-field-of-type-query-in-mutation-result), arguments that are
// all called `input` (input-name), no prefix as in Tracking.trackingNumber (no-typename-prefix), the order of the
// alphabet (alphabetize) and dates of removal (require-deprecation-date).
const eslintRules = {
  ...relay.rules,
  '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],
  '@graphql-eslint/require-description': [
    'error',
    {
      types: true,
      DirectiveDefinition: true,
      FieldDefinition: true,
      InputValueDefinition: true,
      EnumValueDefinition: true,
      // async-graphql does not print what describes the arguments of directives. It prints the specification's directives
      // too, of which the specification describes no arguments; our own tells it by introspection.
      ignoredSelectors: [`DirectiveDefinition[name.value=/^(${undescribed})$/] > InputValueDefinition`],
    },
  ],
  '@graphql-eslint/naming-convention': recommended.rules['@graphql-eslint/naming-convention'],
  '@graphql-eslint/no-hashtag-description': 'error',
  '@graphql-eslint/no-scalar-result-type-on-mutation': 'error',
  '@graphql-eslint/no-unreachable-types': 'error',
  '@graphql-eslint/require-deprecation-reason': 'error',
  '@graphql-eslint/require-nullable-result-in-root': 'error',
  '@graphql-eslint/unique-enum-value-names': 'error',
};

function graphqlEslint(sdl) {
  const config = {
    files: ['**/*.graphql'],
    languageOptions: { parser: plugin.parser, parserOptions: { schemaSdl: sdl } },
    plugins: { '@graphql-eslint': plugin },
    rules: eslintRules,
  };
  const messages = new Linter().verify(sdl, config, 'schema.graphql');
  return messages.map(({ ruleId, line, message }) => {
    const [tool, rule] = ruleId?.split('/') ?? ['@graphql-eslint', 'parser'];
    return { tool, rule, line: line ?? 1, message };
  });
}

/** All rules of graphql-schema-linter but those that want the alphabet, since our order has a meaning. */
const linterRules = new configuration.Configuration(null)
  .getRules()
  .filter(({ name }) => !name.endsWith('SortedAlphabetically'));

function graphqlSchemaLinter(sdl) {
  const schema = { definition: sdl };
  const errors = validator.validateSchemaDefinition(schema, linterRules, new configuration.Configuration(schema));
  return errors.map(({ ruleName: rule, locations: [{ line }], message }) => {
    return { tool: 'graphql-schema-linter', rule, line, message };
  });
}

const kebab = (name) => name.replace(/\B[A-Z]/g, '-$&').toLowerCase();

/** The names of all rules. */
export const rules = [
  'buildSchema',
  'validateSchema',
  ...Object.keys(eslintRules).map((id) => id.split('/')[1]),
  ...linterRules.map(({ name }) => kebab(name)),
];

// Apollo Federation prescribes these names, and that its two fields are never null; our own names keep the rules.
const prescribed = /(?<!\w)_(service|entities|Any|Entity|Service)(?!\w)/;
const rulesOfNames = ['naming-convention', 'fields-are-camel-cased', 'types-are-capitalized', 'require-nullable-result-in-root'];

/** Whether it is about a name that is none of ours. */
function isPrescribed(lines, { rule, line, message }) {
  const isAboutIt = prescribed.test(message) || prescribed.test(lines[line - 1]);
  return rulesOfNames.includes(rule) && isAboutIt;
}

/** Everything that is wrong with a schema, from top to bottom, as `{ tool, rule, line, message }`. */
export function findings(sdl) {
  const found = [graphqlJs, graphqlEslint, graphqlSchemaLinter].flatMap((check) => check(sdl));
  const lines = sdl.split('\n');
  const ours = found.filter((finding) => !isPrescribed(lines, finding));
  return ours.sort((one, other) => one.line - other.line);
}
