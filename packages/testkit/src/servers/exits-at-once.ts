/** Says on stderr why it can't go on, and ends with status 3 before any handshake. */

process.stderr.write('exits-at-once: no token is configured\n')
process.exitCode = 3
