-- Which event was the newest of each place of A.platforms is known no more: what was asked before now is nothing that was
-- missed.
even_when_full()
for _, platform in ipairs(A.platforms) do call('DEL', P .. 's:' .. platform, P .. 'v:' .. platform, P .. 'unread:' .. platform) end
