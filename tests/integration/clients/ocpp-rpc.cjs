// A charge point of npm's ocpp-rpc: node ocpp-rpc.cjs ENDPOINT IDENTITY
// One line in is one call, `[action, payload]`; one line out is its `{"response": …}` or `{"error": …}`.
// In strict mode both are held against the official schemas. It hangs up at the end of its input.
const readline = require('readline');
const { RPCClient } = require('ocpp-rpc');

async function main([endpoint, identity]) {
  const client = new RPCClient({ endpoint, identity, protocols: ['ocpp1.6'], strictMode: true, reconnect: false });
  await client.connect();
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [action, payload] = JSON.parse(line);
    const outcome = await client.call(action, payload).then(
      (response) => ({ response }),
      (error) => ({ error: `${action}: ${error.stack}` }),
    );
    console.log(JSON.stringify(outcome));
  }
  await client.close({ code: 1000 });
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
