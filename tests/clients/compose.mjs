// Composes a supergraph of this service's schema and a small service of orders that refers to parcels.
//
//   node compose.mjs <subgraph.graphql>
import { readFileSync } from 'node:fs';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

const orders = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key"])

  type Query { order(id: ID!): Order }

  type Order @key(fields: "id") { id: ID! parcel: Tracking }

  type Tracking @key(fields: "carrierCode trackingNumber", resolvable: false) { carrierCode: String! trackingNumber: String! }
`;

const [path] = process.argv.slice(2);
const services = { parcels: readFileSync(path, 'utf8'), orders };
const { errors, hints, supergraphSdl } = composeServices(
  Object.entries(services).map(([name, sdl]) => ({ name, url: `http://${name}.example/graphql`, typeDefs: parse(sdl) })),
);

if (errors?.length) {
  for (const { message } of errors) console.error(message);
  process.exit(1);
}
for (const { message } of hints) console.log(`hint: ${message}`);
for (const key of ['"id"', '"carrierCode trackingNumber"']) {
  const join = `@join__type(graph: PARCELS, key: ${key})`;
  if (!supergraphSdl.includes(join)) throw new Error(`the supergraph has no ${join}`);
}
console.log(`composed ${parse(supergraphSdl).definitions.length} definitions`);
