// A charge point of npm's ocpp-rpc: node ocpp-rpc.cjs ENDPOINT IDENTITY
// Lines in: `{"call": [action, payload]}` sends a call; `{"answer": [action, payload]}` tells how calls that come are answered.
// Lines out: `{"response": …}` or `{"error": …}` for a call, `{"ready": true}` for an answer, `{"served": [action, payload]}` for
// a call that came. In strict mode all of them are held against the official schemas. It hangs up at the end of its input.
const readline = require('readline');
const { RPCClient, createRPCError } = require('ocpp-rpc');

function tell(line) {
  console.log(JSON.stringify(line));
}

async function main([endpoint, identity]) {
  const client = new RPCClient({ endpoint, identity, protocols: ['ocpp1.6'], strictMode: true, reconnect: false });
  const answers = new Map();
  client.handle(({ method, params }) => {
    tell({ served: [method, params] });
    if (!answers.has(method)) throw createRPCError('NotImplemented');
    return answers.get(method);
  });
  await client.connect();
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { call, answer } = JSON.parse(line);
    if (answer) {
      answers.set(...answer);
      tell({ ready: true });
      continue;
    }
    const outcome = await client.call(...call).then(
      (response) => ({ response }),
      (error) => ({ error: `${call[0]}: ${error.stack}` }),
    );
    tell(outcome);
  }
  await client.close({ code: 1000 });
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
