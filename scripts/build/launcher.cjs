#!/usr/bin/env node
/** Starts __NAME__, or says which runtime it needs. Old syntax on purpose: an old Node must be able to read this. */
'use strict'
var bun = process.versions.bun
var version = (bun || process.versions.node).split('.').map(Number)
var needed = bun ? [1, 4] : [22, 18]

if (version[0] < needed[0] || (version[0] === needed[0] && version[1] < needed[1])) {
  process.stderr.write(
    '__NAME__: needs Node 22.18 or newer, or Bun 1.4 or newer; this is ' +
      (bun ? 'Bun ' + bun : 'Node ' + process.versions.node) +
      ' (' +
      process.execPath +
      '). Install a newer one, or set BACKCHANNEL_RUNTIME to its path.\n',
  )
  process.exit(1)
}
var moduleApi = require('module')
if (moduleApi.enableCompileCache) moduleApi.enableCompileCache()
__LOAD__
