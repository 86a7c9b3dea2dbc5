-- Which event was the newest of each place is known no more: what was asked before now is nothing that was missed.
even_when_full()
for _, pool in ipairs(call('SMEMBERS', P .. 'platforms')) do call('DEL', P .. 's:' .. pool, P .. 'v:' .. pool) end
