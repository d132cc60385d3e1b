// Asks with Apollo Client, which sends the hash of a query instead of its text where the server knows it.
//
//   node persisted.mjs <url> <query> <times> <POST or GET>
//
// Prints a line of JSON per request that it sends, {"method":…,"hasText":…}, and one per result, {"data":…} or {"error":…}.
import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client/core';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';

const [url, text, times, method] = process.argv.slice(2);
const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const sha256 = (document) => createHash('sha256').update(document).digest('hex');

function send(address, options) {
  const { searchParams } = new URL(address);
  const hasText = options.method === 'GET' ? searchParams.has('query') : 'query' in JSON.parse(options.body);
  print({ method: options.method, hasText });
  return fetch(address, options);
}

const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries: method === 'GET' });
const client = new ApolloClient({
  link: ApolloLink.from([persisted, new HttpLink({ uri: url, fetch: send })]),
  cache: new InMemoryCache(),
});

for (let time = 0; time < Number(times); time += 1) {
  try {
    const { data } = await client.query({ query: gql(text), fetchPolicy: 'no-cache' });
    print({ data });
  } catch (error) {
    print({ error: error.message });
  }
}
