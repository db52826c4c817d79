// Runs before every test file: nothing that a test sends may go through a proxy of the machine.
for (const name of Object.keys(process.env)) {
  if (/_proxy$/i.test(name)) delete process.env[name];
}
