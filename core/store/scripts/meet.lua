-- Whether the keys of this process fit what is stored. A.pseudonym and A.history (newest first) are fingerprints.
-- A.look: where there is nothing yet, nothing begins, and neither a newer key nor HISTORY_DAYS is noted. A server that is full takes this all the same.
-- Answers {the setting that does not fit, 'nothing' or '', Redis's version, INFO's persistence, memory and
-- replication}.
-- What a user of Redis may not do is asked before anything is written.
wake()
local about = {redis.REDIS_VERSION or '6.0.0', call('INFO', 'persistence'), call('INFO', 'memory'), call('INFO', 'replication')}
local function told(unfit)
  return {unfit, unpack(about)}
end
local meta = P .. 'meta'
local pseudonym, newest = unpack(call('HMGET', meta, 'pseudonym', 'history'))
if pseudonym and pseudonym ~= A.pseudonym then return told('PSEUDONYM_KEY') end
if A.look and not pseudonym then return told('nothing') end
even_when_full()
local have = {}
for _, id in ipairs(A.history) do have[id] = true end
if newest and not have[newest] then return told('HISTORY_KEY') end
local fields = call('HGETALL', meta)
for i = 1, #fields, 2 do
  -- What an older key sealed may live as long as it is used: that key is needed until rekeyed.lua takes this away.
  local id = string.match(fields[i], '^until:(.*)$')
  if id and not have[id] then return told('HISTORY_KEY') end
end
if A.look then return told('') end -- who only looks seals nothing, and may have other settings
if newest and newest ~= A.history[1] then call('HSET', meta, 'until:' .. newest, 'inf') end
call('HSET', meta, 'history', A.history[1])
call('HDEL', meta, 'until:' .. A.history[1])
local kept = tonumber(call('HGET', meta, 'kept') or 0)
if kept ~= A.history_ms then
  local lasts = call('PTTL', P .. 'over') -- ZUNIONSTORE forgets it
  call('ZUNIONSTORE', P .. 'over', 1, P .. 'over', 'WEIGHTS', 0) -- HISTORY_DAYS was changed: each place is looked at anew
  if lasts > 0 then call('PEXPIRE', P .. 'over', lasts) end
end
-- It is less now: the texts of answers end as if it had been so when these were done (done.lua).
local done = A.history_ms < math.min(kept, A.record_ms) and call('ZRANGE', P .. 'done', 0, -1, 'WITHSCORES') or {}
for i = 1, #done, 2 do
  local lasts = A.history_ms
  if lasts == 0 and call('HEXISTS', P .. 't:' .. done[i], 'answered') == 0 then lasts = A.retry_ms end
  call('PEXPIRE', P .. 'x:' .. done[i], tonumber(done[i + 1]) + lasts - now, 'LT')
end
call('HSET', meta, 'pseudonym', A.pseudonym, 'kept', A.history_ms)
save_clock()
return told('')
