// A small schema that keeps every rule, and ways to break each of them.

export const sound = `
"What can be read."
type Query {
  "The boxes."
  boxes(
    "How many from the front." first: Int
    "Go on behind this one." after: String
    "How many from the back." last: Int
    "Go back from this one." before: String
    "Which ones." filter: BoxFilter
  ): BoxConnection
  "Anything by its id."
  node("The id." id: ID!): Node
}

"What can be changed."
type Mutation {
  "Opens a box and gives it."
  openBox("Which one." id: ID!): Box
}

"Anything with an id."
interface Node {
  "Names it."
  id: ID!
}

"A box."
type Box implements Node {
  "Names it."
  id: ID!
  "How large it is."
  size: BoxSize
  "What is in it."
  content: BoxContent
  "When it was packed."
  packedAt: Instant
  "How it was called."
  label: String @deprecated(reason: "Use size.")
}

"What can be in a box."
union BoxContent = Box | Letter

"A letter."
type Letter {
  "What it says."
  text: String
}

"An instant."
scalar Instant

"Sizes of boxes."
enum BoxSize {
  "One hand."
  SMALL
  "Two hands."
  LARGE
}

"Which boxes."
input BoxFilter {
  "Of this size."
  size: BoxSize
  "Whether they are big."
  big: Boolean
}

"Some boxes."
type BoxConnection {
  "The boxes with their cursors."
  edges: [BoxEdge]
  "Where they are."
  pageInfo: PageInfo!
}

"A box and its place."
type BoxEdge {
  "Its place."
  cursor: String!
  "The box."
  node: Box
}

"Where a page is."
type PageInfo {
  "Whether more follow."
  hasNextPage: Boolean!
  "Whether others come before."
  hasPreviousPage: Boolean!
  "The first place."
  startCursor: String
  "The last place."
  endCursor: String
}

"Marks what may cost money."
directive @costs("How many cents." cents: Int!) on FIELD

"Leaves a field out. Its argument is the specification's to describe."
directive @skip(if: Boolean!) on FIELD
`;

const types = ['types-have-descriptions'];
const connection = ['relay-connection-types', 'relay-connection-types-spec'];
const pageInfo = ['relay-page-info', 'relay-page-info-spec'];
const oneWay = /"How many from the back."[^]*before: String/;
const noWay = /"How many from the front."[^]*before: String/;
const small = (piece) => piece.replaceAll('Letter', 'letter');

const breach = (fact, replace, by, ...breaks) => ({ fact, replace, by, breaks });

/** Takes a description away. */
const bare = (thing, description, ...breaks) =>
  breach(`${thing} without a description`, description, '', 'require-description', ...breaks);

/** Each replaces one piece of the sound schema and names all rules that this breaks. */
export const breaches = [
  bare('an object type', '"A letter."\n', ...types),
  bare('an interface', '"Anything with an id."\n', ...types),
  bare('a union', '"What can be in a box."\n', ...types),
  bare('a scalar', '"An instant."\n', ...types),
  bare('an enum', '"Sizes of boxes."\n', ...types),
  bare('an input type', '"Which boxes."\n', ...types),
  bare('a directive', '"Marks what may cost money."\n'),
  bare('a field', '"What it says."', 'fields-have-descriptions'),
  bare('an argument', '"Which ones." ', 'arguments-have-descriptions'),
  bare('an argument of a directive', '"How many cents." '),
  bare('an input field', '"Of this size."', 'input-object-values-have-descriptions'),
  bare('an enum value', '"One hand."', 'enum-values-have-descriptions'),
  breach('a blank description', '"What it says."', '"  "', 'require-description'),
  breach('a comment instead', '"A letter."', '# A letter.', 'no-hashtag-description', 'require-description', ...types),
  breach('a description that begins small', '"What it says."', '"what it says."', 'descriptions-are-capitalized'),

  breach('a connection without pageInfo', 'pageInfo: PageInfo!', 'place: PageInfo!', ...connection),
  breach('a pageInfo that can be null', 'pageInfo: PageInfo!', 'pageInfo: PageInfo', ...connection),
  breach('a connection without edges', 'edges: [BoxEdge]', 'boxes: [BoxEdge]', ...connection),
  breach('a connection with a single edge', 'edges: [BoxEdge]', 'edges: BoxEdge', ...connection),
  breach('an edge without cursor', 'cursor: String!', 'place: String!', 'relay-edge-types'),
  breach('an edge without node', 'node: Box\n', 'box: Box\n', 'relay-edge-types'),
  breach('an edge whose node has no id', 'node: Box\n', 'node: Letter\n', 'relay-edge-types'),
  breach('a hasNextPage that can be null', 'hasNextPage: Boolean!', 'hasNextPage: Boolean', ...pageInfo),
  breach('a PageInfo without hasPreviousPage', 'hasPreviousPage: Boolean!', 'before: Boolean!', ...pageInfo),
  breach('a PageInfo without endCursor', 'endCursor: String', 'end: String', 'relay-page-info'),
  breach('a startCursor that is never null', 'startCursor: String', 'startCursor: String!', 'relay-page-info'),
  breach('a connection field without before', '"Go back from this one." before: String', '', 'relay-arguments'),
  breach('a connection field that pages forward only', oneWay, '', 'relay-arguments'),
  breach('a connection field without pages', noWay, '', 'relay-arguments', 'relay-connection-arguments-spec'),
  breach('a first that has to be given', 'first: Int', 'first: Int!', 'relay-connection-arguments-spec'),

  breach('a small type', /\| Letter[^]*type Letter/, small, 'naming-convention', 'types-are-capitalized'),
  breach('a field in snake case', 'text:', 'the_text:', 'naming-convention', 'fields-are-camel-cased'),
  breach('an input in snake case', 'big:', 'is_big:', 'naming-convention', 'input-object-values-are-camel-cased'),
  breach('a small enum value', 'SMALL', 'small', 'naming-convention', 'enum-values-all-caps'),
  breach('a value twice', 'LARGE', 'Small', 'naming-convention', 'enum-values-all-caps', 'unique-enum-value-names'),
  breach('a type without use', 'content: BoxContent', 'is: Letter', 'defined-types-are-used', 'no-unreachable-types'),
  breach('no reason', '(reason: "Use size.")', '', 'deprecations-have-a-reason', 'require-deprecation-reason'),
  breach('a mutation that gives a scalar', '): Box\n', '): Boolean\n', 'no-scalar-result-type-on-mutation'),
  breach('a root field that is never null', '): Node', '): Node!', 'require-nullable-result-in-root'),

  breach('no GraphQL', 'union BoxContent', 'onion BoxContent', 'buildSchema', 'parser', 'graphql-syntax-error'),
  breach('an unknown type', 'text: String', 'text: Words', 'buildSchema', 'parser', 'invalid-graphql-schema'),
  breach('a field short', 'interface Node {', '$&"Its age." age: Int', 'validateSchema', 'invalid-graphql-schema'),
];
