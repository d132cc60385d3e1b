import './workers.js';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './playground.css';
import { createLocalStorage } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { examples } from './examples.js';
import { fetcher } from './fetcher.js';

// Other tools on the same loopback port keep their tabs under the default name and would hide the examples.
const storage = createLocalStorage({ namespace: 'parcelgraph' });

const simulated = document.querySelector('meta[name="parcelgraph-data"]')?.content === 'simulated';

createRoot(document.getElementById('playground')).render(
  <GraphiQL fetcher={fetcher} storage={storage} defaultTabs={examples} defaultEditorToolsVisibility="variables">
    <GraphiQL.Logo>
      <h1 className="brand">parcelgraph</h1>
      {simulated && (
        <span className="simulated" title="No parcel here is real, and nothing you run costs anything.">
          simulated data
        </span>
      )}
    </GraphiQL.Logo>
  </GraphiQL>,
);
