// Has graphql-http judge an endpoint by everything that the GraphQL over HTTP specification says of servers.
//
//   node audits.mjs <url> [headers-json]
//
// It prints one line of JSON per audit, and fails unless every one of them is passed, whether it is a MUST, a SHOULD or a
// MAY. The headers go with every request; those that queries by GET need against foreign pages go with all by themselves.
import { serverAudits } from 'graphql-http';

const [url, extra = '{}'] = process.argv.slice(2);
if (!url) {
  console.error('usage: node audits.mjs <url> [headers-json]');
  process.exit(1);
}

const headers = { 'graphql-require-preflight': '1', ...JSON.parse(extra) };
const fetchFn = (address, init) => fetch(address, { ...init, headers: { ...init?.headers, ...headers } });

let missed = 0;
for (const { id, name, fn } of serverAudits({ url, fetchFn })) {
  const { status, reason } = await fn();
  if (status !== 'ok') missed += 1;
  console.log(JSON.stringify({ id, name, status, reason }));
}
process.exit(missed ? 1 : 0);
