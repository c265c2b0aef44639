package dialout

// special are numbers that cost the caller more than they seem to, or that belong to no country. They are not called even
// where an allowed prefix contains them; a longer prefix in the configuration's allow list lets one through. A ? is any
// digit. Gathered November 2026 from the numbering plans that each line names.
var special = []struct{ prefix, what string }{
	// ITU-T E.164, list of assigned country codes: codes of no country.
	{"+808", "an international shared cost number"},
	{"+870", "a satellite telephone (Inmarsat)"},
	{"+878", "a universal personal number"},
	{"+881", "a satellite telephone (GMSS)"},
	{"+882", "an international network"},
	{"+883", "an international network"},
	{"+888", "an international network"},
	{"+979", "an international premium rate number"},
	{"+991", "an international network"},

	// North America, NANPA: 900 and 976 premium, 5XX personal; and the other countries within +1, which an allowed +1 is
	// hardly meant for.
	{"+1900", "a premium rate number"}, {"+1976", "a premium rate number"}, {"+1???976", "a premium rate number"},
	{"+1500", "a personal number"}, {"+152?", "a personal number"}, {"+1533", "a personal number"}, {"+1544", "a personal number"},
	{"+1566", "a personal number"}, {"+1577", "a personal number"}, {"+1588", "a personal number"}, {"+1700", "a carrier's own number"},
	{"+1242", otherCountry}, {"+1246", otherCountry}, {"+1264", otherCountry}, {"+1268", otherCountry}, {"+1284", otherCountry},
	{"+1345", otherCountry}, {"+1441", otherCountry}, {"+1473", otherCountry}, {"+1649", otherCountry}, {"+1658", otherCountry},
	{"+1664", otherCountry}, {"+1721", otherCountry}, {"+1758", otherCountry}, {"+1767", otherCountry}, {"+1784", otherCountry},
	{"+1809", otherCountry}, {"+1829", otherCountry}, {"+1849", otherCountry}, {"+1868", otherCountry}, {"+1869", otherCountry},
	{"+1876", otherCountry},

	// Germany, Bundesnetzagentur.
	{"+49900", "a premium rate number"}, {"+49137", "a mass calling number"}, {"+49138", "a mass calling number"},
	{"+49180", "a shared cost number"}, {"+4918", "a service number"}, {"+49118", "directory enquiries"}, {"+49700", "a personal number"},
	{"+4910", "a carrier selection code"}, {"+4912", "a service number"}, {"+4919", "an online service"},
	// Austria, RTR.
	{"+43900", "a premium rate number"}, {"+43901", "a premium rate number"}, {"+4393", "a premium rate number"},
	{"+4381", "a shared cost number"}, {"+4382", "a shared cost number"}, {"+43118", "directory enquiries"},
	// Switzerland, BAKOM.
	{"+4190", "a premium rate number"}, {"+4184", "a shared cost number"}, {"+4118", "directory enquiries"},
	// United Kingdom, Ofcom.
	{"+449", "a premium rate number"}, {"+4487", "a premium rate number"}, {"+4484", "a shared cost number"},
	{"+4470", "a personal number"}, {"+4476", "a pager"}, {"+44118", "directory enquiries"},
	// Ireland, ComReg.
	{"+35315", "a premium rate number"}, {"+353700", "a personal number"},
	// France, ARCEP.
	{"+3389", "a premium rate number"}, {"+3381", "a shared cost number"}, {"+3382", "a shared cost number"},
	{"+3384", "a shared cost number"}, {"+33118", "directory enquiries"},
	// Italy, AGCOM.
	{"+3989", "a premium rate number"}, {"+39144", "a premium rate number"}, {"+39166", "a premium rate number"},
	{"+39163", "a premium rate number"}, {"+39164", "a premium rate number"}, {"+39178", "a personal number"}, {"+3984", "a shared cost number"},
	{"+3912", "directory enquiries"},
	// Spain, CNMC.
	{"+34803", "a premium rate number"}, {"+34806", "a premium rate number"}, {"+34807", "a premium rate number"},
	{"+34905", "a mass calling number"}, {"+34907", "a premium rate number"}, {"+34901", "a shared cost number"},
	{"+34902", "a shared cost number"}, {"+34118", "directory enquiries"},
	// Portugal, ANACOM.
	{"+35160", "a premium rate number"}, {"+351646", "a premium rate number"}, {"+35176", "a premium rate number"}, {"+351707", "a shared cost number"},
	// Netherlands, ACM; Belgium, BIPT.
	{"+3190", "a premium rate number"}, {"+3118", "directory enquiries"},
	{"+3290", "a premium rate number"}, {"+3270", "a shared cost number"},
	// Denmark, Norway, Sweden, Finland, Poland: SDFI, Nkom, PTS, Traficom, UKE.
	{"+4590", "a premium rate number"}, {"+4782", "a premium rate number"}, {"+46900", "a premium rate number"}, {"+46939", "a premium rate number"},
	{"+46944", "a premium rate number"}, {"+358600", "a premium rate number"}, {"+358700", "a premium rate number"},
	{"+48700", "a premium rate number"}, {"+4870", "a premium rate number"}, {"+48801", "a shared cost number"}, {"+48804", "a shared cost number"},
	// Russia, Japan, Australia, New Zealand.
	{"+7803", "a premium rate number"}, {"+7809", "a premium rate number"}, {"+81990", "a premium rate number"},
	{"+61190", "a premium rate number"}, {"+64900", "a premium rate number"},
}

const otherCountry = "another country within +1"

// twoDigits are the country codes of two digits; 1 and 7 have one, all others three (ITU-T E.164).
const twoDigits = " 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 "

// zeroBegins are the countries in which a number after the country code may begin with 0. Everywhere else that is the prefix
// of national calls, which some carriers skip: +49 0900 would reach what +49 900 is not allowed to.
const zeroBegins = " 39 225 241 242 378 379 "
