import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { Kind, parse } from 'graphql';

const endpoint = new URL('/graphql', location.href);
const socket = new URL(endpoint);
socket.protocol = endpoint.protocol === 'https:' ? 'wss:' : 'ws:';

const send = createGraphiQLFetcher({
  url: endpoint.href,
  subscriptionUrl: socket.href,
  // Asking for multipart answers would turn plain queries into streams.
  enableIncrementalDelivery: false,
});

/**
 * Sends an operation to this page's own origin. GraphiQL learns what a tab holds a moment after it is
 * opened, so that a quick click would send the last tab's operation name; here the text alone decides.
 */
export function fetcher(params, options) {
  const document = parseLeniently(params.query);
  const operations = document?.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (operations?.length !== 1) return send(params, options);
  const operationName = operations[0].name?.value;
  return send({ ...params, operationName }, { ...options, documentAST: document });
}

/** A document with a syntax error is the server's to explain. */
function parseLeniently(query) {
  try {
    return parse(query);
  } catch {
    return undefined;
  }
}
