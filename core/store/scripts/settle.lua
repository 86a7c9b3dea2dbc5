-- Calls have ended: A.calls are {hold, payer, place, model, 1e-8 dollars or -1, tokens: all, input, output, cache read,
-- cache written}, A.freed holds of calls that were not made; A.held when there was any. A.token: once.
-- Answers the percentages that everybody's budget has reached by it, or "day ms" when A.day is not today.
local said = call('GET', P .. 'k:' .. A.token)
if said then return said end
local tomorrow = another_day()
if tomorrow then return tomorrow end
even_when_full()

local function used()
  return A.budgets[1] and part(A.budgets[1]) or 0
end

local before, sums = used(), {}
local function add(key, field, by)
  sums[key] = sums[key] or {}
  sums[key][field] = (sums[key][field] or 0) + by
end
local KINDS = {'t', 'i', 'o', 'r', 'w'}
for _, done in ipairs(A.calls) do
  free(done[1])
  for by, who in pairs({[''] = '', [':person'] = done[2] .. ' ', [':place'] = done[3] .. ' ', [':model'] = done[4] .. ' '}) do
    add(by, who .. 'n', 1)
    add(by, who .. (done[5] < 0 and 'x' or 'c'), math.abs(done[5]))
    for i, kind in ipairs(KINDS) do add(by, who .. kind, done[5 + i]) end
  end
end
for by, fields in pairs(sums) do
  local key = P .. 'day:' .. A.day[1] .. by
  for field, sum in pairs(fields) do
    if sum > 0 then call('HINCRBY', key, field, string.format('%.0f', sum)) end
  end
  call('PEXPIRE', key, (by == ':person' or by == ':place') and A.people_ms or A.usage_ms)
end
for _, id in ipairs(A.freed) do free(id) end
if A.held then call('PUBLISH', P .. 'room', A.me) end

local after, reached = used(), {}
for _, percent in ipairs({A.near, 100}) do
  if before < percent / 100 and after >= percent / 100 then reached[#reached + 1] = percent end
end
said = table.concat(reached, ' ')
call('SET', P .. 'k:' .. A.token, said, 'PX', A.retry_ms)
return said
