// Opens the playground in headless Chromium and runs each of its examples as a user would.
//
//   node playground.mjs <url> [--small] [--dark] [--token TOKEN] [--screenshot file.png]
//
// It expects the full page, or the small one with --small. With --token the server wants that token, and gets it from the
// page's own editor of headers. CHROMIUM names another browser than
// /usr/bin/chromium, PLAYGROUND_DEADLINE_MS another deadline than 60 seconds.
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { fullPage, smallPage } from './pages.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    small: { type: 'boolean', default: false },
    dark: { type: 'boolean', default: false },
    token: { type: 'string' },
    screenshot: { type: 'string' },
  },
});
const url = positionals[0];
const deadlineMs = Number(process.env.PLAYGROUND_DEADLINE_MS ?? 60_000);
const complaints = [];

function fail(reason) {
  console.error(`playground: ${[reason, ...complaints].join('\n  also: ')}`);
  process.exit(1);
}

const ok = (fact) => console.log(`ok ${fact}`);

function check(condition, fact, result) {
  if (!condition) throw new Error(`not so: ${fact}; the result pane shows ${JSON.stringify(result)}`);
  ok(fact);
}

const isLoopback = ({ protocol, hostname }) =>
  ['data:', 'blob:'].includes(protocol) ||
  hostname === 'localhost' ||
  hostname === '[::1]' ||
  hostname.startsWith('127.');

/** Lets the page reach this machine only, and remembers everything that it should not have done. */
async function watch(context) {
  const allows = (address) => {
    if (isLoopback(new URL(address))) return true;
    complaints.push(`the page asked for ${address}`);
    return false;
  };
  await context.route('**/*', (route) => (allows(route.request().url()) ? route.continue() : route.abort()));
  await context.routeWebSocket(
    (address) => !isLoopback(address),
    (socket) => {
      allows(socket.url());
      socket.close();
    },
  );
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console error: ${message.text()}`);
  });
  context.on('weberror', (thrown) => complaints.push(`page error: ${thrown.error().message}`));
  context.on('requestfailed', (request) => {
    complaints.push(`request failed: ${request.url()} ${request.failure()?.errorText}`);
  });
}

async function runExamples(page, view) {
  await view.ready(page);
  ok(`the ${options.small ? 'small' : 'full'} page is there, entitled "${await page.title()}"`);
  const kind = await page.locator('meta[name="parcelgraph-data"]').getAttribute('content');
  check(['simulated', 'live'].includes(kind), `it knows that its data is ${kind}`, kind);
  const said = await page.getByText('simulated data').isVisible();
  check(said === (kind === 'simulated'), `it ${said ? 'says so' : 'shows no notice'}`, said);

  const examples = await view.examples(page);
  check(examples.length === 6, `it offers the examples ${examples.join(', ')}`, examples);

  const headers = options.token ? { Authorization: `Bearer ${options.token}` } : undefined;
  if (headers) {
    const refused = await view.run(page, 0);
    check(refused.errors?.[0].extensions.code === 'UNAUTHENTICATED', 'without a token nothing is told', refused);
    await view.fill(page, headers);
    // The browser notes every response that was no success.
    complaints.length = 0;
    await view.again(page);
  }
  const parcel = await view.run(page, 0, headers);
  const { status, checkpoints } = parcel.data?.tracking ?? {};
  check(status, `a parcel has the status ${status}`, parcel);
  check(checkpoints?.length > 0, `and ${checkpoints?.length} checkpoints`, parcel);
  if (options.screenshot) await page.screenshot({ path: options.screenshot });

  const list = await view.run(page, 1, headers);
  check(list.data?.trackings?.nodes, `the list has ${list.data?.trackings?.nodes.length} parcels`, list);

  const created = await view.run(page, 2, headers);
  const { tracking, userErrors } = created.data?.createTracking ?? {};
  check(tracking || userErrors?.length, `the mutation ${tracking ? 'made a parcel' : 'said why not'}`, created);

  const told = await view.run(page, 3, headers);
  const event = told.data?.trackingUpdated;
  check(event?.tracking.status, `the subscription told of ${event?.kind}`, told);
  await view.stop(page);
  ok('the subscription stops');

  const standing = await view.run(page, 4, headers);
  const { account, statusCounts } = standing.data ?? {};
  check(account?.trackingsLeft > 0, `the account can track ${account?.trackingsLeft} more`, standing);
  check(statusCounts?.total > 0, `and its ${statusCounts?.total} trackings are counted`, standing);

  const found = await view.run(page, 5, headers);
  const { totalCount, nodes } = found.data?.carriers ?? {};
  check(nodes?.[0]?.name, `of ${totalCount} carriers the first is ${nodes?.[0]?.name}`, found);
}

if (!url) fail('usage: node playground.mjs <url> [--small] [--dark] [--token TOKEN] [--screenshot file.png]');
setTimeout(() => fail(`not done after ${deadlineMs} ms`), deadlineMs).unref();

const browser = await chromium
  .launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  .catch((error) => fail(`Chromium does not start: ${error.message.split('\n')[0]}`));
try {
  const context = await browser.newContext({
    colorScheme: options.dark ? 'dark' : 'light',
    viewport: { width: 1280, height: 800 },
  });
  context.setDefaultTimeout(deadlineMs / 3);
  await watch(context);
  const page = await context.newPage();
  await page.goto(url);
  await runExamples(page, options.small ? smallPage : fullPage);
} catch (error) {
  await browser.close();
  fail(error.message.split('\n')[0]);
}
await browser.close();
if (complaints.length > 0) fail('every example ran, but the page misbehaved');
ok('nothing but loopback was asked for, and the console is clean');
