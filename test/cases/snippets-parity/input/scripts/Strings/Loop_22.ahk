Loop 22 {
    Send "22"
}
