package sandbox

import (
	"fmt"
	"slices"
)

// FaultKind is a way to misbehave.
type FaultKind string

// The misbehaviours. Those on a call happen at Fault.Endpoint; the others have a
// place of their own, and ignore it.
const (
	FaultCode         FaultKind = "code"          // the call is refused with Fault.Code
	FaultTokenRevoked FaultKind = "token_revoked" // the access token is no longer known: 40001
	FaultTokenExpired FaultKind = "token_expired" // it has ended early: 42001
	FaultSlow         FaultKind = "slow"          // the call takes Fault.DelayMS
	FaultHang         FaultKind = "hang"          // there never is an answer, and nothing was done
	FaultLost         FaultKind = "lost"          // it was done, and the answer is lost
	FaultReset        FaultKind = "reset"         // the connection is reset, and nothing was done
	FaultBadGateway   FaultKind = "bad_gateway"   // 502 with a page, and nothing was done
	FaultTruncated    FaultKind = "truncated"     // it was done, and half of the answer arrives

	FaultSnapshot FaultKind = "snapshot" // authorize: a virtual user of the quick view
	FaultRefuse   FaultKind = "refuse"   // authorize: the person refuses
	FaultUnfollow FaultKind = "unfollow" // template/send: the person stops following just before

	FaultPushTwice     FaultKind = "push_twice"     // a push comes four times, two of them at once
	FaultPushLate      FaultKind = "push_late"      // it comes Fault.DelayMS late
	FaultPushEarly     FaultKind = "push_early"     // the report of a message comes before its call returns
	FaultPushNever     FaultKind = "push_never"     // it never comes
	FaultPushBadSign   FaultKind = "push_bad_sign"  // it comes with a wrong signature
	FaultPushStale     FaultKind = "push_stale"     // it comes with an old timestamp
	FaultPushPlain     FaultKind = "push_plain"     // it comes without encrypt_type, readable
	FaultPushFailed    FaultKind = "push_failed"    // a message is reported as failed: system failed
	FaultPushForeigner FaultKind = "push_foreigner" // it is encrypted for another account
)

// Fault is one misbehaviour, for a number of calls.
type Fault struct {
	ID       int       `json:"id"`
	Kind     FaultKind `json:"kind"`
	Endpoint string    `json:"endpoint"` // path of the call; empty: any
	OpenID   string    `json:"openid"`   // whom the call is about; empty: anyone
	Code     int       `json:"code"`     // of FaultCode
	Calls    int       `json:"calls"`    // how many are left; 0 is taken as 1, -1 as for ever
	DelayMS  int       `json:"delay_ms"`
}

var faultKinds = []struct {
	Kind  FaultKind
	Label string
}{
	{FaultCode, "返回错误码"},
	{FaultTokenRevoked, "令牌被吊销 (40001)"},
	{FaultTokenExpired, "令牌提前过期 (42001)"},
	{FaultSlow, "慢"},
	{FaultHang, "一直不回应"},
	{FaultLost, "已受理，但回应丢失"},
	{FaultReset, "连接被重置"},
	{FaultBadGateway, "502 页面"},
	{FaultTruncated, "回应只到一半"},
	{FaultSnapshot, "快照页虚拟用户"},
	{FaultRefuse, "拒绝授权"},
	{FaultUnfollow, "发送前取消关注"},
	{FaultPushTwice, "推送重复四次"},
	{FaultPushLate, "推送迟到"},
	{FaultPushEarly, "推送先于回应"},
	{FaultPushNever, "推送丢失"},
	{FaultPushBadSign, "推送签名错误"},
	{FaultPushStale, "推送时间过旧"},
	{FaultPushPlain, "推送未加密"},
	{FaultPushFailed, "回报发送失败"},
	{FaultPushForeigner, "推送给别的账号"},
}

// callFaults are those that any call can meet.
var callFaults = []FaultKind{
	FaultCode, FaultTokenRevoked, FaultTokenExpired, FaultSlow, FaultHang, FaultLost, FaultReset, FaultBadGateway, FaultTruncated,
}

// Misbehave makes calls fail as the fault says, after those that were told before.
// It panics on a kind that does not exist.
func (s *Sandbox) Misbehave(fault Fault) Fault {
	added, err := s.misbehave(fault)
	if err != nil {
		panic(err)
	}
	return added
}

func (s *Sandbox) misbehave(fault Fault) (Fault, error) {
	known := false
	for _, k := range faultKinds {
		known = known || k.Kind == fault.Kind
	}
	if !known {
		return Fault{}, fmt.Errorf("sandbox: there is no misbehaviour %q", fault.Kind)
	}
	if fault.Calls == 0 {
		fault.Calls = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastID++
	fault.ID = int(s.lastID % 1_000_000_000)
	s.faults = append(s.faults, &fault)
	return fault, nil
}

// Behave ends all misbehaviour.
func (s *Sandbox) Behave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// behave ends one.
func (s *Sandbox) behave(id int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = slices.DeleteFunc(s.faults, func(f *Fault) bool { return f.ID == id })
}

// Faults are those that are still to come.
func (s *Sandbox) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	faults := make([]Fault, 0, len(s.faults))
	for _, f := range s.faults {
		faults = append(faults, *f)
	}
	return faults
}

// fault takes the first of the kinds that is due for the call, or nil; s.mu is held.
func (s *Sandbox) fault(endpoint, openID string, kinds ...FaultKind) *Fault {
	for i, f := range s.faults {
		if !slices.Contains(kinds, f.Kind) ||
			slices.Contains(callFaults, f.Kind) && f.Endpoint != "" && f.Endpoint != endpoint ||
			f.OpenID != "" && f.OpenID != openID {
			continue
		}
		if f.Calls > 0 {
			f.Calls--
		}
		due := *f
		if f.Calls == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return &due
	}
	return nil
}
