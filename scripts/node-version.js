/** Says what is needed before anything modern is parsed: plain old JavaScript on purpose. */
var needed = [22, 18]
var parts = process.versions.node.split('.').map(Number)
var tooOld = parts[0] < needed[0] || (parts[0] === needed[0] && parts[1] < needed[1])

if (tooOld) {
  process.stderr.write(
    'backchannel: these scripts need Node ' +
      needed.join('.') +
      ' or newer; this is Node ' +
      process.versions.node +
      '.\n' +
      'Run `npm ci` without --omit=optional or --ignore-scripts: it brings a pinned Node along on Linux and Windows x64.\n' +
      'Elsewhere install Node 24 from https://nodejs.org.\n',
  )
  process.exit(1)
}
