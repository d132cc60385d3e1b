-- Somebody without a seat has waited in a line. He leaves nothing behind that stays for ever.
keep_for_a_day()
