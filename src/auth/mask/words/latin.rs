//! Latin letters: English, German, Spanish, French, Italian, Portuguese, Dutch, Polish, Turkish, Indonesian, Vietnamese.

/// A name follows.
pub(super) const NAMES: &str = "
signed by, signed for by, received by, collected by, acknowledged by
unterschrieben von, unterzeichnet von, quittiert von, angenommen von, entgegengenommen von, empfangen von, erhalten von, abgeholt von
firmado por, recibido por, recogido por, aceptado por
signé par, reçu par, réceptionné par, retiré par, accepté par
firmato da, ricevuto da, ritirato da
assinado por, recebido por, retirado por
getekend door, ontvangen door
odebrane przez, podpisane przez
teslim alan
diterima oleh, ditandatangani oleh
";

/// A name follows, or something else that happens to somebody.
pub(super) const ROLES: &str = "
picked up by, accepted by, delivered to, handed to, handed over to, given to, left with, released to, c/o, care of
package for, parcel for, shipment for, item for
signatory, signee, recipient, receiver, consignee, addressee, sender, shipper, customer, client
courier, driver, rider, postman, mailman, agent, delivery agent, delivery man, delivery person, contact, contact person, attn, pod
receptionist, neighbor, neighbour
übergeben an, zugestellt an, ausgehändigt an, empfänger, empfängerin, zusteller, zustellerin, fahrer, kurier, absender
ansprechpartner, nachbar, nachbarin, kunde, kundin
entregado a, destinatario, remitente, repartidor, mensajero, conductor, cliente, vecino, recibe, recibió, firmó, firma de
remis à, livré à, destinataire, expéditeur, livreur, coursier, chauffeur, signataire, voisin
consegnato a, mittente, corriere, autista, vicino
entregue a, destinatário, remetente, entregador, carteiro, motorista
afgegeven aan, bezorgd bij, ontvanger, bezorger, klant
odebrał, odebrała, odbiorca, nadawca, kierowca
alıcı, kurye
penerima, pengirim, kurir
người nhận, người gửi, nhân viên giao hàng, bưu tá
";

/// A name follows behind a colon or in brackets.
pub(super) const LABELS: &str = "
signature, signed, name, proof of delivery, reception, front desk, security, concierge, collected, received, accepted
unterschrieben, unterzeichnet, quittiert, unterschrift
nombre, firmado, recibido, nom, signé, nome, firmato, assinado, naam, getekend, handtekening, nama, imza
";

/// A name follows that is written with a capital.
pub(super) const TITLES: &str = "
mr, mrs, ms, miss, dr, prof, herr, herrn, frau, señor, señora, sr, sra, monsieur, madame, mme, signor, signora, dhr, mevr, mw, bpk, ibu
";

/// A name stands before.
pub(super) const BEHIND: &str = "
has signed, has accepted, has collected, has received, has picked up, signed for
hat unterschrieben, hat quittiert, hat angenommen, hat entgegengenommen, hat abgeholt
ha firmado, ha recibido, ha recogido, a signé, a reçu, a réceptionné, a retiré, ha firmato, ha ricevuto, ha ritirato
assinou, recebeu, heeft getekend, heeft ontvangen, imzaladı, teslim aldı
";

/// A code follows that opens something.
pub(super) const CODES: &str = "
pin, pin code, pincode, otp, access code, door code, gate code, entry code, pickup code, pick-up code, pick up code, collection code
locker code, delivery code, security code, verification code, unlock code, opening code, passcode, password
abholcode, abholpin, mtan, öffnungscode, código de recogida, código de acceso, código de entrega, code de retrait, code d'accès
codice di ritiro, código de retirada, afhaalcode, kod odbioru
";

/// Words between blanks from here on.
pub(super) const NOBODY: &str = "
carrier courier customer recipient addressee consignee sender agent driver neighbor neighbour resident reception receptionist front
desk mailroom mailbox locker security guard concierge staff store shop airline customs destination origin local partner third party
individual household door porch garage owner occupant doorman manager employee colleague
empfänger nachbar nachbarn nachbarin hausbewohner mitbewohner zusteller packstation paketshop filiale
destinatario vecino conserje portero destinataire voisin gardien livreur portiere vicino destinatário porteiro vizinho
ontvanger buren sąsiad odbiorca alıcı penerima kurir
";

pub(super) const OFFICES: &str = "
post poste posta postal posten usps ups dhl fedex ems tnt gls dpd hermes correos correios express logistics logistik transport airlines
cargo center centre centro hub facility warehouse depot office station branch airport gmbh ltd inc llc company service services
delivery mail shipping partner department freight terminal sorting distribution inspection clearance screening
";

pub(super) const STOPS: &str = "
the a an your our his her at on in for from to by and or is was has have will of with as via phone tel mobile date time if not
der die das dem den einem einer ein eine am um im ist hat wird und mit el los las un una su en le les une votre est à il lo è o os em
door op het een w na do di pada
";

pub(super) const PLAIN: &str = "
available required requested confirmed confirmation failed attempted pending out unable unknown none yes no ok arrived departed
delivered signed received accepted collected picked refused absent unavailable contacted moved closed address home assigned
delayed en not has is was will information info package parcel shipment item details
pickup collection return returned export import processing transit
";

pub(super) const PARTICLES: &str =
    "de la van der den di el von del dos da bin al y zu du ter ten ibn";

pub(super) const AND: &str = "and und y et e en og och i";

pub(super) const LINKS: &str =
    "name named called is nombre nom nome naam es est ist heißt é è nama id's";
