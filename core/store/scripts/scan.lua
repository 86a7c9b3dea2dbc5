-- Some of the keys that begin like A.begin, without their prefix: {cursor, key...}. "0" begins, and ends.
local found = call('SCAN', A.cursor, 'MATCH', (string.gsub(P, '[%[%]%*%?\\]', '\\%0')) .. A.begin .. '*', 'COUNT', 1000)
local out = {found[1]}
for _, key in ipairs(found[2]) do out[#out + 1] = string.sub(key, #P + 1) end
return out
