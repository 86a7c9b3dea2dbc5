-- These keys go, A.keys, unless a turn needs them that is being answered: that is stopped, and goes when it has ended.
-- Answers "turns exchanges", how many went; the same again to A.token.
local said = call('GET', P .. 'k:' .. A.token)
if said then return said end
local turns, exchanges = 0, 0
even_when_full()
for _, key in ipairs(A.keys) do
  local kind, of = string.match(key, '^(%a+):(.*)$')
  if kind == 't' then
    turns = turns + erase_turn(of)
  elseif kind == 'o' then
    exchanges = exchanges + call('ZCARD', P .. key)
    call('DEL', P .. key)
  elseif not ({x = 1, q = 1, l = 1, k = 1, u = 1, b = 1, ready = 1})[kind] then
    call('DEL', P .. key)
  end
end
said = string.format('%d %d', turns, exchanges)
call('SET', P .. 'k:' .. A.token, said, 'PX', A.lease_ms)
return said
