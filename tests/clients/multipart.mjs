// Subscribes with Apollo Client, which gets the results as the parts of one response; see session.mjs.
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client/core';
import { reason, rest, session } from './session.mjs';

const { url, operation, retries, fail, connected, take, completed, credentials: headers } = session('multipart');
const query = gql(operation.query);

async function connect(...request) {
  const response = await fetch(...request);
  if (response.ok) connected();
  return response;
}

const client = new ApolloClient({
  link: new HttpLink({ uri: url, headers, fetch: connect }),
  cache: new InMemoryCache(),
});

/** Ready when there are no more results: true if all that are wanted came. */
function subscribe() {
  return new Promise((resolve, reject) => {
    const results = client.subscribe({ query, variables: operation.variables, fetchPolicy: 'no-cache', errorPolicy: 'all' });
    const subscription = results.subscribe({
      next({ data, error }) {
        // What is told of the connection comes like a result, but is none.
        if (error && !data) return reject(error);
        const isDone = take({ data, errors: error?.errors });
        if (isDone) {
          subscription.unsubscribe();
          resolve(true);
        }
      },
      error: reject,
      complete: () => resolve(false),
    });
  });
}

for (let tries = 0; ; tries += 1) {
  try {
    if (!(await subscribe())) completed();
    process.exit();
  } catch (error) {
    if (tries >= retries) fail(reason(error));
    await rest();
  }
}
