-- INFO of what is on disk.
return call('INFO', 'persistence')
